[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    $source = (New-NBImage 'a shoe' -Sandbox -OutFile (Join-Path $TestDrive 'shoe.png')).Path

    # What -Verbose says of an order in the sandbox.
    function Get-Said {
        & ([scriptblock]::Create("$line -Sandbox -Verbose")) 4>&1 | Where-Object { $_ -is [Management.Automation.VerboseRecord] } | ForEach-Object Message
    }
}

AfterAll { Clear-NBEnvironment }

Describe '<Command> keeps the prompt to itself' -ForEach @(
    @{ Command = 'New-NBImage'; Action = 'Make 1 picture'; Image = $false }
    @{ Command = 'Edit-NBImage'; Action = 'Edit 1 reference into 1 picture'; Image = $true }
) {
    BeforeEach {
        Clear-NBEnvironment
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
        $line = "$Command 'top secret words' -OutDirectory '$folder'$($Image ? " -Image '$source'" : '')"
    }

    It 'names it at -Verbose only when LogPrompts says so' {
        $said = Get-Said
        $said | Where-Object { $_ -like "Performing the operation `"$Action at 1K (*)`" on target `"Fal fal-ai/nano-banana-2`"." } | Should -HaveCount 1
        $said -join "`n" | Should -Not -BeLike '*top secret*'

        $env:NB_LOG_PROMPTS = 'true'
        Get-Said | Where-Object { $_ -like "Performing the operation*: 'top secret words'*" } | Should -HaveCount 1
    }

    It 'names it for -WhatIf and in the question of -Confirm, with the sum' {
        $sentence = "Performing the operation `"$Action at 1K (1 x 0.08 = 0.08 US dollars)`" on target `"Fal fal-ai/nano-banana-2: 'top secret words'`"."
        $env:FAL_KEY = 'canary-key-7f3a91'
        foreach ($way in "$line -WhatIf", "`$WhatIfPreference = `$true; $line", "$line -Verbose -WhatIf:`$true") {
            Invoke-OtherPwsh "Import-Module '$NBManifest'; $way" | Should -Be "What if: $sentence", 'What if: Total: 1 image for 1 prompt, 0.08 US dollars.'
        }

        $console = Open-Console "$line -Confirm"
        try { $null = $console.Shell.EndInvoke($console.Running) }
        finally { Close-Console $console }
        $console.Host.Question -split '\r?\n' | Should -Be 'Are you sure you want to perform this action?', $sentence
    }
}
