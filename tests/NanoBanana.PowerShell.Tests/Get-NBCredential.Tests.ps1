[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Vaults.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    $skip = Get-VaultSkip
}

AfterAll {
    Close-OtherPwsh $TestDrive
    Clear-NBEnvironment
}

Describe 'Get-NBCredential' {
    BeforeEach {
        Clear-NBEnvironment
        if ($skip) { Set-ItResult -Skipped -Because $skip }
    }

    Context 'with keys in many places' {
        BeforeAll {
            if (-not $skip) {
                $place = New-VaultHome
                $null = Invoke-AtHome $place "$(Get-FileVaultLine Second)
$({
                    Set-NBCredential Fal (ConvertTo-Key 'canary-of-vault-7f3a')
                    Set-NBCredential Fal (ConvertTo-Key 'canary-of-second-99aa') -Vault Second
                    Set-NBCredential ApiDot (ConvertTo-Key 'canary-5678')
                    Set-Secret NanoBanana.Apiframe 'canary-as-string-b1c2'
                    Set-Secret NanoBanana.ApiMaster @{ Key = 'canary-in-a-table' }
                })"
                $keys = @{ FAL_KEY = 'canary-of-environment-0000'; PROSPOLABS_API_KEY = 'canary-of-environment-4d5e' }
            }
        }

        It 'tells the source of each key and its last four characters, the vault first' {
            $found = Select-With (Invoke-AtHome $place { Get-NBCredential } -Environment $keys) Provider

            $fal = $found | Where-Object Provider -EQ Fal
            $fal.Source, $fal.Vault, $fal.SecretName, $fal.Variable, $fal.LastFour | Should -Be 'Vault', 'Store', 'NanoBanana.Fal', 'FAL_KEY', '7f3a'
            $prospolabs = $found | Where-Object Provider -EQ Prospolabs
            $prospolabs.Source, $prospolabs.LastFour | Should -Be 'Environment', '4d5e'
            $prospolabs.Vault | Should -BeNullOrEmpty
        }

        It 'takes a secret that is a String' {
            $found = Invoke-AtHome $place { Get-NBCredential Apiframe }
            $found.Source, $found.LastFour | Should -Be 'Vault', 'b1c2'
        }

        It 'shows nothing of a short key' {
            $found = Invoke-AtHome $place { Get-NBCredential ApiDot }
            $found.Source | Should -Be 'Vault'
            $found.LastFour | Should -BeNullOrEmpty
        }

        It 'refuses a secret that is something else' {
            $record = Invoke-AtHome $place { Get-NBCredential ApiMaster }
            $record.Id | Should -Be 'CredentialNotFound'
            $record.Message | Should -BeLike "*NanoBanana.ApiMaster of the vault 'Store' is a Hashtable*Set-NBCredential -Provider ApiMaster -Vault Store"
        }

        It 'looks into the vault that is named, and nowhere else' {
            $found = Invoke-AtHome $place { Get-NBCredential Fal, Prospolabs -Vault Second } -Environment $keys
            $found[0].Vault, $found[0].LastFour | Should -Be 'Second', '99aa'
            $found[1].Source | Should -Be 'None'
        }

        It 'holds the key nowhere, however it is looked at' {
            $text = Invoke-AtHome $place {
                $all = Get-NBCredential Fal, Apiframe, Prospolabs
                ($all | ConvertTo-Json -Depth 10) + ($all | Format-List * -Force | Out-String) + ([Management.Automation.PSSerializer]::Serialize($all, 10))
            } -Environment $keys
            $text | Should -Match '7f3a'
            $text | Should -Not -Match 'canary'
        }

        It 'leaves nothing behind in $Error' {
            Invoke-AtHome $place { $null = Get-NBCredential Prospolabs; $Error.Count } -Environment $keys | Should -Be 0
        }
    }

    It 'says of a provider without a key that there is none' {
        $found = Invoke-AtHome (New-VaultHome -Empty) { Get-NBCredential }
        $found.Provider | Should -Be 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
        $found.Source | Select-Object -Unique | Should -Be 'None'
    }

    It 'loads SecretManagement only where a vault may be' {
        Invoke-AtHome (New-VaultHome -Empty) { $null = Get-NBCredential; Test-Loaded } | Should -BeFalse
        Invoke-AtHome (New-VaultHome) { $null = Get-NBCredential; Test-Loaded } | Should -BeTrue
    }

    It 'tells a locked vault once, and uses the environment for what is there' {
        $place = New-VaultHome
        Lock-VaultHome $place
        $found = Invoke-AtHome $place { Get-NBCredential } -Environment @{ FAL_KEY = 'canary-of-environment-0000' }
        (Select-With $found Id).Id | Should -Be 'CredentialNotFound'
        (Select-With $found Warning).Warning | Should -BeLike "*'Store' is locked*The key in `$env:FAL_KEY is used instead."
        (Select-With $found Provider).Source | Should -Be 'Environment'
    }

    It 'tells of a store that was removed' {
        $place = New-VaultHome
        Remove-Item (Join-Path $place '.secretmanagement' 'localstore') -Recurse
        (Invoke-AtHome $place { Get-NBCredential Fal } -MayAsk).Message | Should -BeLike "*'Store' is locked, or its store is gone*"
    }

    It 'tells a variable that holds no key' {
        $env:FAL_KEY = "two`nlines"
        (Get-ErrorOf { Get-NBCredential Fal }).Exception.Message | Should -BeLike '*$env:FAL_KEY holds no key: it has a line break*'
    }
}
