[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Vaults.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    $skip = Get-VaultSkip
    if (-not $skip) {
        $place = New-VaultHome
        $null = Invoke-AtHome $place (Get-FileVaultLine Second)
    }
}

AfterAll {
    Close-OtherPwsh $TestDrive
    Clear-NBEnvironment
}

Describe 'Remove-NBCredential' {
    BeforeEach {
        if ($skip) { Set-ItResult -Skipped -Because $skip; return }
        $null = Invoke-AtHome $place {
            Set-NBCredential Fal (ConvertTo-Key 'key-of-fal-in-store')
            Set-NBCredential Fal (ConvertTo-Key 'key-of-fal-in-second') -Vault Second
        }
    }

    It 'removes the key from the default vault and from no other' {
        Invoke-AtHome $place {
            Remove-NBCredential Fal
            (Get-SecretInfo NanoBanana.Fal).VaultName
        } | Should -Be 'Second'
    }

    It 'removes the key from the vault that is named' {
        Invoke-AtHome $place {
            Get-NBCredential Fal -Vault Second | Remove-NBCredential -Vault Second
            (Get-SecretInfo NanoBanana.Fal).VaultName
        } | Should -Be 'Store'
    }

    It 'says that the environment still has one' {
        $warning = Invoke-AtHome $place { Remove-NBCredential Fal } -Environment @{ FAL_KEY = 'canary-of-environment' }
        $warning.Warning | Should -BeLike '*$env:FAL_KEY still holds a key*Remove-Item Env:FAL_KEY'
        $warning.Warning | Should -Not -Match 'canary'
    }

    It 'only says what it would do with -WhatIf' {
        Invoke-AtHome $place {
            Remove-NBCredential Fal -WhatIf
            Get-Secret NanoBanana.Fal -Vault Store -AsPlainText
        } -MayShow | Select-Object -Last 1 | Should -Be 'key-of-fal-in-store'
    }

    It 'tells that there is none' {
        $record = Invoke-AtHome $place { Remove-NBCredential ApiDot -Vault Second }
        $record.Id | Should -Be 'CredentialNotFound'
        $record.Message | Should -BeLike "*'Second' holds no secret NanoBanana.ApiDot*"
    }

    It 'goes on with the next provider' {
        $records = Invoke-AtHome $place { Remove-NBCredential ApiDot, Fal; @(Get-SecretInfo -Vault Store).Count }
        $records[0].Id | Should -Be 'CredentialNotFound'
        $records[1] | Should -Be 0
    }
}
