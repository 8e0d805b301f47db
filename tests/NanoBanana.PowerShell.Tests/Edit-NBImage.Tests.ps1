[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    $source = New-NBImage 'a shoe' -Sandbox -OutFile (Join-Path $TestDrive 'shoe.png')
    $second = New-NBImage 'a street' -Sandbox -OutFile (Join-Path $TestDrive 'street.jpg') -OutputFormat jpeg
    $third = New-NBImage 'a lamp' -Sandbox -OutFile (Join-Path $TestDrive 'lamp.webp') -OutputFormat webp
}

Describe 'Edit-NBImage' {
    BeforeEach {
        Clear-NBEnvironment
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
    }

    AfterAll { Clear-NBEnvironment }

    Context 'takes a picture in every shape' {
        It 'takes a path' {
            $image = Edit-NBImage 'on wet asphalt' -Image $source.Path -Sandbox -OutDirectory $folder

            $image | Should -BeOfType ([NanoBanana.NBImage])
            $image.Path | Should -Exist
            $image.Prompt | Should -Be 'on wet asphalt'
        }

        It 'takes a path relative to the current location' {
            Push-Location $TestDrive
            try { Edit-NBImage 'on wet asphalt' -Image ./shoe.png -Sandbox -OutDirectory $folder | Should -HaveCount 1 }
            finally { Pop-Location }
        }

        It 'takes a name that holds wildcard characters' {
            $odd = Join-Path $TestDrive 'shoe [1].png'
            Copy-Item $source.Path $odd
            Get-Item -LiteralPath $odd | Edit-NBImage 'on wet asphalt' -Sandbox -OutDirectory $folder | Should -HaveCount 1
        }

        It 'takes a file of the pipeline' {
            Get-Item $source.Path | Edit-NBImage 'on wet asphalt' -Sandbox -OutDirectory $folder | Should -HaveCount 1
        }

        It 'takes an address' {
            $remote = New-NBImage 'a boot' -Sandbox -NoDownload
            (Edit-NBImage 'on wet asphalt' -Image $remote.Uri -Sandbox -OutDirectory $folder).Path | Should -Exist
            (Edit-NBImage 'on wet asphalt' -Image $remote.Uri.AbsoluteUri -Sandbox -OutDirectory $folder).Path | Should -Exist
        }

        It 'takes an NBImage, with a file or without' {
            $remote = New-NBImage 'a boot' -Sandbox -NoDownload
            $source, $remote | Edit-NBImage 'on wet asphalt' -Sandbox -OutDirectory $folder | Should -HaveCount 2
        }

        It 'takes an NBImage that went through <How>, and nothing of how it was made' -ForEach @(
            @{ How = 'a file'; Send = { $args | Export-Clixml "$folder/images.xml"; Import-Clixml "$folder/images.xml" } }
            @{ How = 'a background job'; Send = { Start-Job { $input } -InputObject $args | Receive-Job -Wait -AutoRemoveJob } }
        ) {
            if ($How -eq 'a background job' -and ($why = Get-StartJobSkip)) { Set-ItResult -Skipped -Because $why }
            $remote = New-NBImage 'a boot' -Sandbox -NoDownload -Seed 5 -Resolution 2K
            $copies = & $Send $source $remote
            $copies | ForEach-Object { $_.PSTypeNames[0] } | Should -Be 'Deserialized.NanoBanana.NBImage', 'Deserialized.NanoBanana.NBImage'

            $edited = $copies | Edit-NBImage 'on wet asphalt' -Sandbox -OutDirectory $folder
            $edited | Should -HaveCount 2
            $edited.Prompt | Should -Be 'on wet asphalt', 'on wet asphalt'
            $edited.Resolution | Should -Be '1K', '1K'
            $edited | Where-Object { $null -ne $_.Seed } | Should -BeNullOrEmpty
            Edit-NBImage 'on wet asphalt' -Image $copies -Sandbox -OutDirectory $folder | Should -HaveCount 1
            Edit-NBImage 'on wet asphalt' -Image $copies[0], $second, $third.Path -Sandbox -OutDirectory $folder | Should -HaveCount 1
        }

        It 'takes <_.Format>' -ForEach @(@{ Format = 'png'; Name = 'shoe.png' }, @{ Format = 'jpeg'; Name = 'street.jpg' }, @{ Format = 'webp'; Name = 'lamp.webp' }) {
            Edit-NBImage 'at night' -Image (Join-Path $TestDrive $Name) -Sandbox -OutDirectory $folder | Should -HaveCount 1
        }

        It 'makes one picture of several' {
            Edit-NBImage 'the shoe in the street' -Image $source, $second, $third -Sandbox -OutDirectory $folder | Should -HaveCount 1
        }

        It 'makes one picture of fourteen' {
            Edit-NBImage 'all of them' -Image (@($source.Path) * 14) -Sandbox -OutDirectory $folder | Should -HaveCount 1
        }

        It 'shows the picture it was given' {
            $edited = Edit-NBImage 'at night' -Image $source -Sandbox -Seed 1 -OutDirectory $folder
            $other = Edit-NBImage 'at night' -Image $second -Sandbox -Seed 1 -OutDirectory $folder

            (Get-FileHash $edited.Path).Hash | Should -Not -Be (Get-FileHash $other.Path).Hash
        }
    }

    Context 'carries a batch' {
        It 'edits what New-NBImage makes, one by one' {
            $edited = New-NBImage a, b, c -Sandbox -OutDirectory $folder | Edit-NBImage 'at night' -Sandbox -OutDirectory (Join-Path $folder 'night')

            $edited | Should -HaveCount 3
            Get-ChildItem (Join-Path $folder 'night') -Force | Should -HaveCount 3
            $edited.Prompt | Select-Object -Unique | Should -Be 'at night'
            foreach ($image in $edited) { Get-Identity $image.Path | Should -Be (Get-ExpectedIdentity $image) }
        }

        It 'takes the columns of a CSV' {
            $rows = [pscustomobject]@{ Image = $source.Path; Prompt = 'at night' }, [pscustomobject]@{ Image = $second.Path; Prompt = 'in the rain' }

            $images = $rows | Edit-NBImage -Sandbox -OutDirectory $folder

            $images.Prompt | Sort-Object | Should -Be 'at night', 'in the rain'
        }

        It 'makes several of one request' {
            Edit-NBImage 'at night' -Image $source -Count 2 -Sandbox -OutDirectory $folder | Should -HaveCount 2
        }

        It 'goes on after a picture that is none' {
            'no picture' | Set-Content (Join-Path $folder 'bad.png')

            $images = Get-Item $source.Path, (Join-Path $folder 'bad.png'), $second.Path |
                Edit-NBImage 'at night' -Sandbox -OutDirectory $folder -ErrorVariable errors -ErrorAction SilentlyContinue

            $images | Should -HaveCount 2
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidImageContent,*'
        }
    }

    Context 'refuses in words before anything is sent' {
        BeforeAll { $sandbox = Open-Sandbox }
        AfterAll { Close-Sandbox $sandbox }
        BeforeEach {
            Connect-Sandbox $sandbox
            Clear-Sandbox $sandbox
        }

        It 'refuses <What>' -ForEach @(
            @{ What = 'fifteen references'; Id = 'InvalidRequest'; Script = { Edit-NBImage 'x' -Image (@($source.Path) * 15) -OutDirectory $folder } }
            @{ What = 'a text file'; Id = 'InvalidImageContent'; Script = { Edit-NBImage 'x' -Image (Join-Path $folder 'text.txt') -OutDirectory $folder } }
            @{ What = 'a missing file'; Id = 'InvalidRequest'; Script = { Edit-NBImage 'x' -Image (Join-Path $folder 'missing.png') -OutDirectory $folder } }
            @{ What = 'a folder'; Id = 'InvalidRequest'; Script = { Edit-NBImage 'x' -Image $folder -OutDirectory $folder } }
            @{ What = 'a path outside of the file system'; Id = 'InvalidRequest'; Script = { Edit-NBImage 'x' -Image Env:\PATH -OutDirectory $folder } }
            @{ What = 'an address without https'; Id = 'UnsafeUrl'; Script = { Edit-NBImage 'x' -Image 'http://example.com/a.png' -OutDirectory $folder } }
            @{ What = 'an empty prompt'; Id = 'InvalidRequest'; Script = { Edit-NBImage '' -Image $source.Path -OutDirectory $folder } }
            @{ What = 'nine pictures of one request'; Id = 'InvalidRequest'; Script = { Edit-NBImage 'x' -Image $source.Path -Count 9 -OutDirectory $folder } }
            @{ What = 'to go without a key'; Id = 'CredentialNotFound'; Script = { $env:FAL_KEY = ''; Edit-NBImage 'x' -Image $source.Path -OutDirectory $folder } }
        ) {
            'words, no picture' | Set-Content (Join-Path $folder 'text.txt')

            $errors = @(Get-ErrorOf $Script)

            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike "$Id,*"
            (Get-SandboxLedger $sandbox).entries | Should -HaveCount 0
        }

        It 'sends nothing with -WhatIf' {
            Edit-NBImage 'x' -Image $source.Path -OutDirectory $folder -WhatIf | Should -BeNullOrEmpty
            (Get-SandboxLedger $sandbox).entries | Should -HaveCount 0
        }
    }

    Context 'uploads' {
        BeforeAll { $sandbox = Open-Sandbox }
        AfterAll { Close-Sandbox $sandbox }

        It 'sends each file once, however many edits use it' {
            Connect-Sandbox $sandbox
            $images = 1..3 | ForEach-Object { [pscustomobject]@{ Prompt = "prompt $_"; Image = $source.Path } } | Edit-NBImage -OutDirectory $folder

            $images | Should -HaveCount 3
            (Get-SandboxLedger $sandbox).requests.upload | Should -Be 1
        }
    }

    It 'says that a pattern matches no file' {
        $record = Get-ErrorOf { Edit-NBImage 'x' (Join-Path $folder '*.nothing') -Sandbox }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike '*No file matches*'
    }
}
