[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    $names = 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule
}

Describe 'The same words, whichever company answers' {
    BeforeEach {
        Clear-NBEnvironment
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    }

    AfterAll { Clear-NBEnvironment }

    It 'the same three lines give the same shape of output with <_>' -ForEach $names {
        $made = 'a lighthouse', 'a harbour' | New-NBImage -Provider $_ -Sandbox -Resolution 1K -AspectRatio 16:9 -OutputFormat jpeg -OutDirectory $folder
        $edited = Edit-NBImage 'at night' -Image 'https://example.com/shoe.jpg' -Provider $_ -Sandbox -OutDirectory $folder
        $all = @($made) + $edited

        $all | Should -HaveCount 3
        $all | ForEach-Object { $_.Path | Should -Exist }
        $all.Provider | Sort-Object -Unique | Should -Be $_
        $made.Width | Should -Be 1376, 1376
        $made.Format | Should -Be 'Jpeg', 'Jpeg'
        ($all[0].psobject.Properties.Name -join ' ') | Should -Be ([NanoBanana.NBImage].GetProperties().Name -join ' ')
    }

    It 'a count of three is three pictures with <_>' -ForEach $names {
        $images = New-NBImage 'a cat' -Provider $_ -Sandbox -Count 3 -OutFile (Join-Path $folder 'cat.png')

        $images.Index | Sort-Object | Should -Be 0, 1, 2
        (Get-ChildItem $folder -Force).Name | Sort-Object | Should -Be 'cat-1.png', 'cat-2.png', 'cat-3.png'
    }

    It '<Provider> refuses -<Parameter>, says what it takes and who would take it' -ForEach @(
        @{ Provider = 'ApiDot'; Parameter = 'SafetyTolerance'; Given = @{ SafetyTolerance = 3 }; Says = '*Fal and Prospolabs do*' }
        @{ Provider = 'Apiframe'; Parameter = 'Seed'; Given = @{ Seed = 5 }; Says = '*Fal, ApiDot and Prospolabs do*' }
        @{ Provider = 'ApiMaster'; Parameter = 'Resolution'; Given = @{ Resolution = '0.5K' }; Says = '*1K, 2K, 4K*Fal, ApiDot and Apiframe do*' }
        @{ Provider = 'ApiMaster'; Parameter = 'WebSearch'; Given = @{ WebSearch = $true }; Says = '*Fal, ApiDot, Apiframe and Prospolabs do*' }
        @{ Provider = 'Prospolabs'; Parameter = 'AspectRatio'; Given = @{ AspectRatio = '8:1' }; Says = '*auto, 21:9*' }
        @{ Provider = 'Fal'; Parameter = 'ImageSearch'; Given = @{ ImageSearch = $true }; Says = '*Apiframe does*' }
        @{ Provider = 'ApiDot'; Parameter = 'Direct'; Given = @{ Direct = $true }; Says = '*Fal, ApiMaster and Prospolabs do*' }
        @{ Provider = 'Prospolabs'; Parameter = 'CallbackUri'; Given = @{ CallbackUri = 'https://example.com/hook' }; Says = '*Fal, ApiDot and Apiframe do*' }
        @{ Provider = 'Fal'; Parameter = 'IdempotencyKey'; Given = @{ IdempotencyKey = 'k1' }; Says = '*Apiframe does*' }
        @{ Provider = 'Fal'; Parameter = 'CallbackUri'; Given = @{ CallbackUri = 'http://example.com/hook' }; Says = '*https*' }
    ) {
        $record = Get-ErrorOf { New-NBImage 'a cat' -Provider $Provider -Sandbox -OutDirectory $folder @Given }

        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Parameter | Should -Be $Parameter
        $record.Exception.Message | Should -BeLike $Says
        Get-ChildItem $folder -Force | Should -BeNullOrEmpty
    }

    It 'a local reference is refused by <_> and goes through with -UploadVia Fal' -ForEach 'ApiDot', 'Prospolabs' {
        $source = New-NBImage 'a shoe' -Sandbox -OutDirectory $folder
        $record = Get-ErrorOf { $source | Edit-NBImage 'at night' -Provider $_ -Sandbox -OutDirectory $folder }
        $record.Exception.Message | Should -BeLike '*-UploadVia Fal*'

        $edited = $source | Edit-NBImage 'at night' -Provider $_ -UploadVia Fal -Sandbox -OutDirectory $folder
        $edited.Provider | Should -Be $_
        $edited.Path | Should -Exist
    }

    It 'a CSV can name a provider for each row' {
        $images = 'Prompt,Provider', 'a cat,Apiframe', 'a dog,', 'a fox,prospolabs' | ConvertFrom-Csv | New-NBImage -Sandbox -OutDirectory $folder
        $images | Sort-Object Prompt | ForEach-Object Provider | Should -Be 'Apiframe', 'Fal', 'Prospolabs'
    }

    It 'a missing key is told with the variable of <Provider>' -ForEach @(
        @{ Provider = 'ApiDot'; Variable = 'APIDOT_API_KEY' }
        @{ Provider = 'Apiframe'; Variable = 'APIFRAME_API_KEY' }
        @{ Provider = 'ApiMaster'; Variable = 'APIMASTER_KEY' }
        @{ Provider = 'Prospolabs'; Variable = 'PROSPOLABS_API_KEY' }
    ) {
        $record = Get-ErrorOf { New-NBImage 'a cat' -Provider $Provider -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        $record.Exception.Message | Should -BeLike "*`$env:$Variable*"
    }

    It 'a key given for one provider does not reach the one that only keeps its references' {
        $source = New-NBImage 'a shoe' -Sandbox -OutDirectory $folder
        $key = ConvertTo-SecureString 'apidot-canary-51c7' -AsPlainText -Force
        $record = Get-ErrorOf { Edit-NBImage 'at night' -Image $source.Path -Provider ApiDot -UploadVia Fal -ApiKey $key -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        $record.Exception.Message | Should -BeLike '*FAL_KEY*'
    }

    It 'a key given for one provider does not reach the provider of another row' {
        $key = ConvertTo-SecureString 'apidot-canary-51c7' -AsPlainText -Force
        $env:NB_APIDOT_BASEURI = $env:NB_FAL_BASEURI = 'http://127.0.0.1:9' # Nobody listens there.
        try {
            $records = Get-ErrorOf {
                'Prompt,Provider', 'a cat,ApiDot', 'a dog,Fal' | ConvertFrom-Csv | New-NBImage -ApiKey $key -MaximumRetryCount 0 -OutDirectory $folder
            }
        }
        finally { Remove-Item Env:NB_APIDOT_BASEURI, Env:NB_FAL_BASEURI }

        ($records | Where-Object FullyQualifiedErrorId -Like 'CredentialNotFound,*').Exception.Message | Should -BeLike '*FAL_KEY*'
    }

    It 'a data URI is refused by <_>, which takes only addresses' -ForEach 'ApiDot', 'Apiframe', 'Prospolabs' {
        $record = Get-ErrorOf { Edit-NBImage 'at night' -Image 'data:image/png;base64,iVBORw0KGgo=' -Provider $_ -Sandbox -OutDirectory $folder }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike '*Fal and ApiMaster do*'
    }
}
