[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule
}

# The numbers are those of the list of cases that once went wrong.
Describe 'Small cases' {
    BeforeEach {
        Clear-NBEnvironment
        $env:NB_STATE_PATH = Join-Path $TestDrive ".state-$([guid]::NewGuid().ToString('n'))"
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
        $culture = [cultureinfo]::CurrentCulture
        Push-Location $folder
    }

    AfterEach {
        Pop-Location
        [cultureinfo]::CurrentCulture = $culture
    }

    AfterAll { Clear-NBEnvironment }

    Context 'E1: cultures' {
        BeforeAll { $sandbox = Open-Sandbox }
        AfterAll { Close-Sandbox $sandbox }

        It 'E1: Get-NBUsage shows Gregorian days in <_>' -ForEach 'th-TH', 'ar-SA', 'fa-IR' {
            Connect-Sandbox $sandbox
            $null = New-NBImage 'a cat'
            [cultureinfo]::CurrentCulture = $_

            $usage = Get-NBUsage Day

            $usage.Date | Should -Match '^20\d\d-\d\d-\d\d$'
            $usage | Out-String -Width 200 | Should -BeLike "*$($usage.Date)*"
        }

        It 'E1: Get-NBOption shows numbers that can be typed back in <_>' -ForEach 'fr-FR', 'de-DE', 'tr-TR' {
            [cultureinfo]::CurrentCulture = $_
            Set-NBOption -DailyBudget 2.5

            Get-NBOption DailyBudget | Out-String -Width 120 | Should -Match 'DailyBudget\s+2\.5\s'
            Get-NBOption DailyBudget | Format-List | Out-String | Should -Match 'Value\s*: 2\.5\s'
            (Get-NBOption DailyBudget).Value | Should -Be 2.5
        }
    }

    It 'E2: -OutFile that ends like a folder is refused' {
        $record = Get-ErrorOf { New-NBImage 'x' -OutFile newdir/ -Sandbox }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike "*-OutFile 'newdir/' is a folder*"
        Test-Path newdir | Should -BeFalse
    }

    It 'E2: -Image <Name> is refused in plain words' -ForEach @(
        @{ Name = 'with a blank before the address'; Value = ' https://example.com/a.png'; Says = '*blanks around the address*' }
        @{ Name = 'with a file: address'; Value = 'file:///tmp/a.png'; Says = '*Use the path*' }
        @{ Name = 'of bytes'; Value = [byte[]] (1..100); Says = '*Save bytes to a file first*' }
    ) {
        $record = Get-ErrorOf { Edit-NBImage 'x' -Image $Value -Sandbox }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike $Says
    }

    It 'E2: a pipe as -Image is refused at once' {
        if ($IsWindows) { Set-ItResult -Skipped -Because 'Windows has no named pipes in folders' }
        mkfifo pipe.png
        $record = Get-ErrorOf { Edit-NBImage 'x' -Image pipe.png -Sandbox }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidImageContent,*'
        $record.Exception.Message | Should -BeLike '*not a regular file*'
    }

    It 'E3: a key with quotes around it is refused: <_>' -ForEach '"kid:secret"', "'kid:secret'" {
        $env:FAL_KEY = $_
        $record = Get-ErrorOf { New-NBImage 'x' }
        $record.Exception.Message | Should -BeLike '*quotes around it*'
        $record.Exception.Message | Should -Not -BeLike '*kid:secret*'
    }

    It 'E4: nano-banana-2 is the name of the model at <_>' -ForEach 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs' {
        (New-NBImage 'x' -Provider $_ -Model nano-banana-2 -Sandbox).Model | Should -Be (Get-NBProvider $_).Models[0]
    }

    It 'E4: a model that another provider has is refused with its name' {
        $record = Get-ErrorOf { New-NBImage 'x' -Provider ApiDot -Model gemini-3.1-flash-image -Sandbox }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike "ApiDot has no model 'gemini-3.1-flash-image'*ApiMaster*Its models: nano-banana-2*"
    }

    It 'E2: -TimeoutSec 0.4 is refused, for 0 would be no limit' {
        { New-NBImage 'a fox' -Sandbox -TimeoutSec 0.4 } | Should -Throw -ErrorId '*,NanoBanana.PowerShell.Commands.NewNBImageCommand'
    }

    It 'E5: -NoDownload and -OutFile are refused together' {
        $record = Get-ErrorOf { New-NBImage 'x' -NoDownload -OutFile q.png -Sandbox }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike '*-NoDownload and -OutFile cannot be used together*'
    }

    It 'E6: Receive-NBJob copies to -OutDirectory what was received before' {
        $first = New-NBImage 'x' -Sandbox

        $copy = Receive-NBJob $first.JobId -OutDirectory a/copy -WarningAction SilentlyContinue

        $copy.Path | Should -Be (Join-Path $folder 'a' 'copy' $first.FileName)
        (Get-FileHash $copy.Path).Hash | Should -Be (Get-FileHash $first.Path).Hash
        (Get-NBJob $first.JobId).Path | Should -Be $first.Path
    }

    It 'E6: it writes over nothing' {
        $first = New-NBImage 'x' -Sandbox
        $null = New-Item -ItemType Directory copy
        Set-Content (Join-Path copy $first.FileName) 'mine'

        $record = Get-ErrorOf { Receive-NBJob $first.JobId -OutDirectory copy -WarningAction SilentlyContinue }

        $record.FullyQualifiedErrorId | Should -BeLike 'OutputFileExists,*'
        Get-Content (Join-Path copy $first.FileName) | Should -Be 'mine'
    }

    It 'E6: where there is nothing to copy it says why and leaves no empty folder' {
        $first = New-NBImage 'x' -Sandbox
        Remove-Item $first.Path

        $null = Receive-NBJob $first.JobId -OutDirectory a/copy -WarningVariable warnings -WarningAction SilentlyContinue

        $warnings[0].Message | Should -BeLike '*no longer there*-Force*'
        Test-Path a | Should -BeFalse
    }

    It 'E7: NB_STATE_PATH that names a file is JournalUnavailable: <_>' -ForEach 'New-NBImage x -Sandbox', 'Get-NBJob', 'Get-NBUsage' {
        Set-Content state.txt 'not a folder'
        $env:NB_STATE_PATH = Join-Path $folder 'state.txt'

        $record = Get-ErrorOf ([scriptblock]::Create($_))

        $record[0].FullyQualifiedErrorId | Should -BeLike 'JournalUnavailable,*'
        $record[0].Exception.Message | Should -BeLike '*NB_STATE_PATH*is a file*'
    }
}
