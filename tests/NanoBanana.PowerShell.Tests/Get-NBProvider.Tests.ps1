[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    $names = 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule

    # What the Tab key offers at the end of a line.
    function Get-Completion([string] $Line) {
        (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText
    }
}

Describe 'Get-NBProvider' {
    BeforeEach { Clear-NBEnvironment }
    AfterAll { Clear-NBEnvironment }

    It 'lists the five providers, the default first' {
        (Get-NBProvider).Name | Should -Be 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
    }

    It 'says everything about <_>' -ForEach $names {
        $provider = Get-NBProvider $_

        $provider | Should -BeOfType ([NanoBanana.NBProvider])
        $provider.Models | Should -Not -BeNullOrEmpty
        $provider.Resolutions | Should -Contain '2K'
        $provider.AspectRatios | Should -Contain '16:9'
        $provider.OutputFormats | Should -HaveCount 3
        $provider.MaximumCount | Should -Be 4
        $provider.MaximumReferences | Should -Be 14
        $provider.Documentation.Scheme | Should -Be 'https'
        $provider.KeyVariable | Should -Not -BeNullOrEmpty
        $provider.KeyFound | Should -BeFalse
    }

    It 'takes wildcards, lists and the pipeline' {
        (Get-NBProvider Api*).Name | Should -Be 'ApiDot', 'Apiframe', 'ApiMaster'
        (Get-NBProvider fal, prospolabs).Name | Should -Be 'Fal', 'Prospolabs'
        ('Fal' | Get-NBProvider).Name | Should -Be 'Fal'
    }

    It 'tells an unknown name in words' {
        $record = Get-ErrorOf { Get-NBProvider Nope }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike '*Fal, ApiDot, Apiframe, ApiMaster, Prospolabs*'
    }

    It 'sees a key and never shows it' {
        $env:APIFRAME_API_KEY = 'afk_canary-2b91'
        $provider = Get-NBProvider Apiframe

        $provider.KeyFound | Should -BeTrue
        ($provider | ConvertTo-Json -Depth 10) + ($provider | Format-List * | Out-String) | Should -Not -Match 'canary'
    }

    It 'fits 120 columns' {
        $lines = (Get-NBProvider | Format-Table | Out-String -Width 120) -replace '\e\[[\d;]*m' -split '\r?\n'
        ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
        ($lines | Where-Object { $_ -match '^(Fal|ApiDot|Apiframe|ApiMaster|Prospolabs)\s' }) | Should -HaveCount 5
    }

    Context 'completion follows the provider already typed' {
        It 'offers every provider for Get-NBProvider, and Auto too where one is chosen' {
            Get-Completion 'Get-NBProvider -Name ' | Should -Be 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
            Get-Completion 'New-NBImage x -Provider ' | Should -Be 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs', 'Auto'
        }

        It '<Line> offers <Expected>' -ForEach @(
            @{ Line = 'New-NBImage x -Provider Prospolabs -Resolution '; Expected = '1K', '2K', '4K' }
            @{ Line = 'New-NBImage x -Provider Fal -Resolution '; Expected = '0.5K', '1K', '2K', '4K' }
            @{ Line = 'New-NBImage x -Provider ApiMaster -Model '; Expected = 'gemini-3.1-flash-image-preview', 'gemini-3.1-flash-image' }
            @{ Line = 'Edit-NBImage x -Provider ApiDot -OutputFormat '; Expected = 'png', 'jpeg', 'webp' }
            @{ Line = 'New-NBImage x -Provider Fal -OutputFormat j'; Expected = 'jpeg' }
        ) {
            Get-Completion $Line | Should -Be $Expected
        }

        It 'leaves the extreme ratios out where they are not taken' {
            Get-Completion 'New-NBImage x -Provider Prospolabs -AspectRatio ' | Should -Not -Contain '8:1'
            Get-Completion 'New-NBImage x -Provider Fal -AspectRatio ' | Should -Contain '8:1'
        }
    }
}
