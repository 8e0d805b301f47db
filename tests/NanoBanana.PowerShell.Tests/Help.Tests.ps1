[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeDiscovery {
    $pages = (Get-ChildItem (Join-Path $PSScriptRoot '..' '..' 'docs' 'en-US') -Filter '*-NB*.md').BaseName
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $NBRoot 'tools' 'PageHash.ps1')
    Import-BuiltModule
    $source = Join-Path $NBRoot 'docs' 'en-US'
    $helpFile = Join-Path (Split-Path $NBManifest) 'en-US' 'NanoBanana.PowerShell.dll-Help.xml'
}

AfterAll { Clear-NBEnvironment }

Describe 'The help files' {
    It 'are made of the pages as they are now' {
        $kept = [regex]::Matches((Get-Content $helpFile -Raw), '(?m)^(\S+\.md [0-9a-f]{64})\r?$').ForEach{ $_.Groups[1].Value }

        Get-PageHash $source | Where-Object { $_ -notin $kept } | ForEach-Object { ($_ -split ' ')[0] } |
            Should -BeNullOrEmpty -Because 'these pages of docs/en-US changed; install Microsoft.PowerShell.PlatyPS, run ./build.ps1 Help and commit src/NanoBanana.PowerShell/en-US'
        $kept | Should -HaveCount (Get-PageHash $source).Count
    }

    It 'has a page for every cmdlet' {
        (Get-Command -Module NanoBanana -CommandType Cmdlet).Name | Where-Object { -not (Test-Path (Join-Path $source "$_.md")) } | Should -BeNullOrEmpty
    }

    It 'has no placeholder in a page' {
        Select-String -Path (Join-Path $source '*.md') -Pattern '\{\{ ?Fill.*?\}\}' | Should -BeNullOrEmpty
    }

    It 'shows three examples of <_>' -TestCases 'New-NBImage', 'Edit-NBImage' {
        (Get-Help $_ -Examples).Examples.Example.Count | Should -BeGreaterOrEqual 3
    }

    It 'shows every about_ topic' {
        foreach ($page in Get-ChildItem $source -Filter 'about_*.md') {
            Join-Path (Split-Path $helpFile) "$($page.BaseName).help.txt" | Should -Exist
        }
    }
}

Describe 'The page of <_>' -ForEach $pages {
    BeforeAll {
        $parameters = (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin [System.Management.Automation.Cmdlet]::CommonParameters }
        # The description is what stands between the heading and the block of facts.
        $text = Get-Content (Join-Path $source "$_.md") -Raw
        $described = [regex]::Matches($text, '(?m)^### -(?<name>\w+)\r?\n(?<words>[\s\S]*?)^(?:```yaml|#)')
    }

    It 'describes every parameter, and no other' {
        $described.ForEach{ $_.Groups['name'].Value } | Sort-Object | Should -Be ($parameters | Sort-Object)
        $described.Where{ -not $_.Groups['words'].Value.Trim() }.ForEach{ $_.Groups['name'].Value } | Should -BeNullOrEmpty
    }
}
