[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidUsingConvertToSecureStringWithPlainText', '', Justification = 'These keys are made up.')]
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

Describe 'Set-NBCredential' {
    BeforeEach { if ($skip) { Set-ItResult -Skipped -Because $skip } }

    Context 'with a vault' {
        BeforeAll { if (-not $skip) { $place = New-VaultHome } }

        It 'keeps the key in the default vault, under the name that every script can know' {
            $found = Invoke-AtHome $place {
                Set-NBCredential fal (ConvertTo-Key 'canary-of-fal-1')
                Get-SecretInfo | Select-Object Name, VaultName, Type
                Get-Secret NanoBanana.Fal -AsPlainText
            }
            $found[0].Name | Should -Be 'NanoBanana.Fal'
            $found[0].VaultName | Should -Be 'Store'
            $found[0].Type | Should -Be 'SecureString'
            $found[1] | Should -Be 'canary-of-fal-1'
        }

        It 'writes over the key that was there' {
            Invoke-AtHome $place {
                Set-NBCredential ApiDot (ConvertTo-Key 'old-key-of-apidot')
                Set-NBCredential ApiDot (ConvertTo-Key 'new-key-of-apidot')
                Get-Secret NanoBanana.ApiDot -AsPlainText
            } | Should -Be 'new-key-of-apidot'
        }

        It 'does it whatever the session prefers' {
            Invoke-AtHome $place {
                $PSDefaultParameterValues['*-Secret:Vault'] = 'Nope'
                $ErrorActionPreference = 'Stop'
                Set-NBCredential ApiMaster (ConvertTo-Key 'key-of-apimaster')
                $PSDefaultParameterValues.Clear()
                Get-Secret NanoBanana.ApiMaster -AsPlainText
            } | Should -Be 'key-of-apimaster'
        }

        It 'only says what it would do with -WhatIf' {
            Invoke-AtHome $place {
                Set-NBCredential Prospolabs (ConvertTo-Key 'key-of-prospolabs') -WhatIf
                @(Get-SecretInfo NanoBanana.Prospolabs).Count
            } -MayShow | Select-Object -Last 1 | Should -Be 0
        }

        It 'refuses <What>' -ForEach @(
            @{ What = 'an empty key'; Text = ''; Words = '*it is empty*' }
            @{ What = 'a key of blanks'; Text = '   '; Words = '*it has blanks in it*' }
            @{ What = 'a key with a blank after it'; Text = 'canary-51c7 '; Words = '*it has blanks in it*' }
            @{ What = 'a key with a line break'; Text = "canary-51c7`n"; Words = '*it has a line break in it*' }
            @{ What = 'a key with letters of no header'; Text = 'canary-é51c7'; Words = '*it has characters in it that no key has*' }
        ) {
            $key = [securestring]::new()
            foreach ($letter in $Text.ToCharArray()) { $key.AppendChar($letter) }
            $record = Get-ErrorOf { Set-NBCredential Apiframe $key }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike $Words
            $record | Format-List * -Force | Out-String | Should -Not -Match '51c7'
        }

        It 'names the providers there are' {
            (Get-ErrorOf { Set-NBCredential Nope ([securestring]::new()) }).Exception.Message | Should -BeLike "*'Nope'*Fal, ApiDot, Apiframe, ApiMaster, Prospolabs*"
        }

        It 'asks for no key where nobody can answer, <_>' -ForEach 'with -NonInteractive', 'in a console without input' {
            $record = Invoke-AtHome $place { Set-NBCredential Fal } -MayAsk:($_ -match 'console')
            $record.Id | Should -Be 'InvalidRequest'
            $record.Message | Should -BeLike '*not interactive*-ApiKey*'
        }

        It 'asks for it, masked, where somebody can answer' {
            $asked = Invoke-AtHome $place @"
Add-Type -Path '$(Join-Path $PSScriptRoot 'RecordingHost.cs')'
`$there = [NanoBanana.PowerShell.Tests.RecordingHost]::new('Answering', 120, `$null, 'typed-key-of-fal')
`$runspace = [runspacefactory]::CreateRunspace(`$there)
`$runspace.Open()
`$shell = [powershell]::Create()
`$shell.Runspace = `$runspace
`$null = `$shell.AddScript("Import-Module '$NBManifest'; Set-NBCredential Fal").Invoke()
`$there.Written
Get-Secret NanoBanana.Fal -AsPlainText
"@
            $asked | Should -Be 'Key of fal.ai: ', 'typed-key-of-fal'
        }
    }

    Context 'with a second vault' {
        BeforeAll {
            if (-not $skip) {
                $place = New-VaultHome
                $null = Invoke-AtHome $place ((Get-FileVaultLine Second), (Get-FileVaultLine Azure -ModuleName Az.KeyVault), (Get-FileVaultLine Full -Broken) -join "`n")
            }
        }

        It 'keeps the key in the vault that is named, and only there' {
            $found = Invoke-AtHome $place {
                Set-NBCredential Fal (ConvertTo-Key 'canary-of-second') -Vault second
                @(Get-SecretInfo -Vault Store).Count
                Get-Secret NanoBanana.Fal -Vault Second -AsPlainText
            }
            $found | Should -Be 0, 'canary-of-second'
        }

        It 'calls the secret by a name that Azure Key Vault takes' {
            Invoke-AtHome $place {
                Set-NBCredential Fal (ConvertTo-Key 'canary-of-azure') -Vault Azure
                (Get-SecretInfo -Vault Azure).Name
                (Get-NBCredential Fal -Vault Azure).SecretName
            } | Should -Be 'NanoBanana-Fal', 'NanoBanana-Fal'
        }

        It 'tells what the vault says when it fails, and not the key' {
            $record = Invoke-AtHome $place { Set-NBCredential Fal (ConvertTo-Key 'canary-51c7') -Vault Full }
            $record.Message | Should -BeLike "*'Full'*the disk of this vault is full*"
            $record.Message | Should -Not -Match 'canary'
        }

        It 'names the vaults there are' {
            $record = Invoke-AtHome $place { Set-NBCredential Fal (ConvertTo-Key 'x') -Vault Third }
            $record.Id | Should -Be 'CredentialNotFound'
            $record.Message | Should -BeLike "*no vault 'Third'*: Azure, Full, Second, Store."
        }
    }

    It 'tells how to register a first vault' {
        $record = Invoke-AtHome (New-VaultHome -Empty) { Set-NBCredential Fal (ConvertTo-Key 'x') }
        $record.Id | Should -Be 'CredentialNotFound'
        $record.Message | Should -BeLike '*none is registered*Register-SecretVault*'
    }

    It 'tells when none of the vaults is the default one' {
        $place = New-VaultHome
        $record = Invoke-AtHome $place {
            Set-SecretVaultDefault -ClearDefault
            Set-NBCredential Fal (ConvertTo-Key 'x')
        }
        $record.Message | Should -BeLike '*None of the registered vaults is the default*Set-SecretVaultDefault -Name Store*'
    }

    It 'tells that the vault is locked, and asks for no password (<_>)' -ForEach 'Prompt', 'None' {
        $place = New-VaultHome
        Lock-VaultHome $place -Prompt:($_ -eq 'Prompt')
        $records = @(Invoke-AtHome $place { Set-NBCredential Fal (ConvertTo-Key 'x'); Remove-NBCredential Fal; Get-NBCredential Fal } -MayAsk)
        $records.Id | Should -Be 'CredentialNotFound', 'CredentialNotFound', 'CredentialNotFound'
        $records.Message | Should -BeLike "*'Store' is locked*Unlock-SecretVault -Name Store*"
    }
}
