[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSAvoidUsingConvertToSecureStringWithPlainText', '', Justification = 'These keys are made up.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Vaults.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    $skip = Get-VaultSkip
    $sandbox = Open-Sandbox
    # The simulator takes any key but 'invalid': so it can be seen which of two keys was sent.
    $wire = @{ NB_FAL_BASEURI = "$($sandbox.Uri)/fal"; NB_APIDOT_BASEURI = "$($sandbox.Uri)/apidot" }
    if (-not $skip) { $plain = New-VaultHome }
}

AfterAll {
    Close-OtherPwsh $TestDrive
    Close-Sandbox $sandbox
    Clear-NBEnvironment
}

Describe 'The Tab key behind -Vault' {
    BeforeAll {
        if (-not $skip) {
            # Locked, so that a question would be asked if any were.
            $place = New-VaultHome
            $null = Invoke-AtHome $place "Register-SecretVault 'my vault''s' -ModuleName '$(New-FileVault)' -VaultParameters @{ Folder = `$HOME }"
            Lock-VaultHome $place -Prompt
            $bare = New-VaultHome -Empty
        }
    }
    BeforeEach { if ($skip) { Set-ItResult -Skipped -Because $skip } }

    It 'offers the vaults to every command that takes one, and asks nothing' {
        $told = Invoke-AtHome $place -MayAsk {
            foreach ($command in Get-Command -Module NanoBanana | Where-Object { $_.Parameters.ContainsKey('Vault') }) {
                $line = "$command -Vault "
                @{ Name = "$command"; Offered = (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText -join '|' }
            }
            @{ Errors = $Error.Count; Loaded = [bool](Get-Module Microsoft.PowerShell.SecretManagement) }
        }
        (Select-With $told Name).Name | Sort-Object | Should -Be 'ConvertFrom-NBWebhook', 'Edit-NBImage', 'Get-NBCredential', 'Get-NBJob', 'Get-NBPrice', 'New-NBImage', 'Receive-NBJob', 'Remove-NBCredential', 'Set-NBCredential', 'Set-NBOption', 'Stop-NBJob', 'Test-NBCredential', 'Wait-NBJob'
        (Select-With $told Offered).Offered | Sort-Object -Unique | Should -Be "'my vault''s'|Store"
        (Select-With $told Errors).Errors, (Select-With $told Errors).Loaded | Should -Be 0, $false
    }

    It 'goes on with what was typed, and the line can be run' {
        $told = Invoke-AtHome $place {
            (TabExpansion2 'New-NBImage a -Vault st' 23).CompletionMatches.CompletionText
            (TabExpansion2 "New-NBImage a -Vault 'my" 24).CompletionMatches.CompletionText
            (New-NBImage 'a cat' -Sandbox -Vault Store).Provider
        }
        $told | Should -Be 'Store', "'my vault''s'", 'Fal'
    }

    It 'offers no vault, and loads nothing, where none was ever registered' {
        $told = Invoke-AtHome $bare {
            @((TabExpansion2 'New-NBImage a -Vault Sto' 24).CompletionMatches | Where-Object CompletionText -Like '*Sto*').Count
            Test-Loaded
            $Error.Count
        }
        $told | Should -Be 0, $false, 0
    }
}

Describe 'The key of New-NBImage and Edit-NBImage' {
    BeforeEach { if ($skip) { Set-ItResult -Skipped -Because $skip } }

    Context 'with a key in the vault' {
        BeforeAll {
            if (-not $skip) {
                $place = New-VaultHome
                $null = Invoke-AtHome $place "$(Get-FileVaultLine Second)
$({
                    Set-NBCredential Fal (ConvertTo-Key 'canary-of-vault-7f3a')
                    Set-NBCredential Fal (ConvertTo-Key 'invalid') -Vault Second
                    Set-NBCredential ApiDot (ConvertTo-Key 'invalid')
                })"
            }
        }

        It 'is that of the vault, and not that of the environment' {
            $image = Invoke-AtHome $place { New-NBImage 'a cat' } -Environment ($wire + @{ FAL_KEY = 'invalid' })
            $image.Provider | Should -Be 'Fal'
        }

        It 'is that of -ApiKey, and then SecretManagement is not even loaded' {
            $told = Invoke-AtHome $place -NewProcess {
                New-NBImage 'a cat' -ApiKey (ConvertTo-Key 'invalid') 2>&1 | ForEach-Object FullyQualifiedErrorId
                Test-Loaded
            } -Environment $wire
            $told[0] | Should -BeLike 'AuthenticationFailed,*'
            $told[1] | Should -BeFalse
        }

        It 'is that of the vault that is named' {
            (Invoke-AtHome $place { New-NBImage 'a cat' -Vault Second } -Environment $wire).Id | Should -Be 'AuthenticationFailed'
        }

        It 'is that of the environment where the default vault has none' {
            $told = Invoke-AtHome $place { Remove-NBCredential ApiDot; New-NBImage 'a cat' -Provider ApiDot } -Environment ($wire + @{ APIDOT_API_KEY = 'canary-of-environment' })
            (Select-With $told Provider).Provider | Should -Be 'ApiDot'
        }

        It 'is looked for once for each provider of a CSV, and for -UploadVia' {
            $told = Invoke-AtHome $place {
                $picture = New-NBImage 'a shoe' -Sandbox -OutFile shoe.png
                Set-NBCredential ApiDot (ConvertTo-Key 'canary-of-apidot-11')
                'Prompt,Provider', 'a cat,Fal', 'a dog,ApiDot', 'a fox,Fal' | ConvertFrom-Csv | New-NBImage | ForEach-Object Provider | Sort-Object
                (Edit-NBImage 'at night' -Image $picture.Path -Provider ApiDot -UploadVia Fal).Provider
            } -Environment $wire
            $told | Should -Be 'ApiDot', 'Fal', 'Fal', 'ApiDot'
        }

        It 'is not looked for in the sandbox, nor for -WhatIf' {
            Invoke-AtHome $place -NewProcess {
                $null = New-NBImage 'a cat' -Sandbox
                New-NBImage 'a cat' -WhatIf
                Test-Loaded
            } -MayShow | Should -BeFalse
        }

        It 'is read by many runspaces of one process, beside others that read the same vault' {
            # SecretManagement has one runspace for all of them, and refuses the second that comes.
            $told = Invoke-AtHome $place @"
                1..12 | ForEach-Object -ThrottleLimit 12 -Parallel {
                    if (`$_ % 6) {
                        Import-Module '$NBManifest'
                        1..3 | ForEach-Object { (New-NBImage "picture `$_").Provider }
                    }
                    else { 1..200 | ForEach-Object { `$null = Microsoft.PowerShell.SecretManagement\Get-Secret NanoBanana.Fal -ErrorAction Ignore } }
                }
"@ -Environment $wire
            $told | Should -Be (@('Fal') * 30)
        }

        It 'is read again where another call tore it, and not for ever' -ForEach @(
            @{ Torn = 3; Expected = 'Fal' }
            @{ Torn = 100000; Expected = 'CredentialNotFound' }
        ) {
            $itsHome = New-VaultHome
            $told = Invoke-AtHome $itsHome "$(Get-FileVaultLine Torn -Torn $Torn)
                Set-NBCredential Fal (ConvertTo-Key 'canary-of-vault-7f3a') -Vault Torn
                New-NBImage 'a cat' -Vault Torn" -Environment $wire

            $told | ForEach-Object { $_.PSObject.Properties['Provider'] ? $_.Provider : $_.Id } | Should -Be $Expected
        }

        It 'is in no stream and no error' {
            $text = Invoke-AtHome $place {
                $null = Start-Transcript -Path transcript.txt
                $all = New-NBImage 'a cat' -Verbose -Debug *>&1
                $all += New-NBImage 'a cat' -Model fal-ai/not-a-model *>&1
                $null = Stop-Transcript
                ($all | Out-String) + ([Management.Automation.PSSerializer]::Serialize($all, 6)) + (Get-Content transcript.txt -Raw)
            } -Environment $wire
            $text.Length | Should -BeGreaterThan 500
            $text | Should -Not -Match 'canary|7f3a'
        }
    }

    Context 'with a vault that is locked' {
        BeforeAll {
            if (-not $skip) {
                $place = New-VaultHome
                $null = Invoke-AtHome $place { Set-NBCredential Fal (ConvertTo-Key 'canary-of-vault-7f3a') }
                Lock-VaultHome $place -Prompt
            }
        }

        It 'is an error that says how to unlock it, and never a question, <_>' -ForEach 'with -NonInteractive', 'in a console without input' {
            $record = Invoke-AtHome $place { New-NBImage 'a cat' } -Environment $wire -MayAsk:($_ -match 'console')
            $record.Id | Should -Be 'CredentialNotFound'
            $record.Message | Should -BeLike "*'Store' is locked*Unlock-SecretVault -Name Store*"
            $record.Message | Should -Not -Match "Read-Host|[`r`n]"
        }

        It 'is read once the vault is unlocked' {
            (Invoke-AtHome $place -NewProcess {
                Unlock-SecretStore -Password (ConvertTo-Key 'open sesame')
                New-NBImage 'a cat'
            } -Environment $wire).Provider | Should -Be 'Fal'
        }

        It 'is that of the environment, with a warning' {
            $told = Invoke-AtHome $place { New-NBImage 'a cat', 'a dog' } -Environment ($wire + @{ FAL_KEY = 'canary-of-environment' })
            (Select-With $told Warning).Warning | Should -BeLike '*is locked*$env:FAL_KEY is used instead.'
            (Select-With $told Provider).Provider | Should -Be 'Fal', 'Fal'
        }

        It 'is not that of the environment where the vault was named' {
            (Invoke-AtHome $place { New-NBImage 'a cat' -Vault Store } -Environment ($wire + @{ FAL_KEY = 'canary-of-environment' })).Id | Should -Be 'CredentialNotFound'
        }
    }

    It 'cannot be had from a vault that does not exist, or does not hold it' {
        $records = Invoke-AtHome $plain { New-NBImage 'a cat' -Vault Nope } -Environment ($wire + @{ FAL_KEY = 'canary-of-environment' })
        $records.Message | Should -BeLike "*no vault 'Nope'*Store*"
        $records = Invoke-AtHome $plain { New-NBImage 'a cat' -Vault Store } -Environment ($wire + @{ FAL_KEY = 'canary-of-environment' })
        $records.Message | Should -BeLike "*'Store' holds no secret NanoBanana.Fal*Set-NBCredential -Provider Fal -Vault Store"
    }

    It 'is found in the environment without SecretManagement, which is only missed when a vault is asked for' {
        # PowerShell always looks into the folder of all users too; so the module is hidden behind one of its name with no commands.
        $place = New-VaultHome
        $hiding = New-Item (Join-Path $place '.local' 'share' 'powershell' 'Modules' 'Microsoft.PowerShell.SecretManagement') -ItemType Directory -Force
        New-ModuleManifest (Join-Path $hiding 'Microsoft.PowerShell.SecretManagement.psd1') -FunctionsToExport @() -CmdletsToExport @()
        $told = Invoke-AtHome $place {
            (New-NBImage 'a cat').Provider
            New-NBImage 'a cat' -Vault Store
        } -Environment ($wire + @{ FAL_KEY = 'canary-of-environment' })
        $told[0] | Should -Be 'Fal'
        $told[1].Message | Should -BeLike '*Microsoft.PowerShell.SecretManagement is not installed*Install-PSResource*'
    }

    It 'is named in all three ways when there is none' {
        $record = Invoke-AtHome $plain { New-NBImage 'a cat' }
        $record.Id | Should -Be 'CredentialNotFound'
        $record.Message | Should -Be 'No key for Fal was found. Give it with -ApiKey, keep it in a vault (Set-NBCredential -Provider Fal) or in $env:FAL_KEY; -Sandbox needs none.'
        $lines = (Get-MessageOf "New-NBImage 'a cat'") -split '\r?\n'
        $lines[0] | Should -Be 'No key for Fal was found. Do one of these:'
        $lines -join '|' | Should -BeLike '*add -ApiKey (Read-Host -AsSecureString)|*Set-NBCredential -Provider Fal*|*$env:FAL_KEY = Read-Host -MaskInput|*-Sandbox.'
    }

    It 'is told in one line without Read-Host where nobody can answer: <What>' -ForEach @(
        @{ What = 'none'; Line = "New-NBImage 'a cat'"; Variable = '' }
        @{ What = 'none for a job'; Line = "Get-NBJob | Wait-NBJob"; Variable = '' }
        @{ What = 'none in the variable'; Line = "New-NBImage 'a cat'"; Variable = 'canary key' }
        @{ What = 'none in -ApiKey'; Line = "New-NBImage 'a cat' -ApiKey (ConvertTo-SecureString 'canary key' -AsPlainText -Force)"; Variable = '' }
        @{ What = 'none to keep'; Line = "Set-NBCredential Fal (ConvertTo-SecureString 'canary key' -AsPlainText -Force)"; Variable = '' }
    ) {
        $before = $env:NB_STATE_PATH
        $env:NB_STATE_PATH = Join-Path $TestDrive ([guid]::NewGuid().ToString('n'))
        try {
            if ($Line -like 'Get-NBJob*') {
                $env:NB_FAL_BASEURI = $wire.NB_FAL_BASEURI
                $env:FAL_KEY = 'canary-of-environment'
                $null = New-NBImage 'a cat' -NoWait
            }
            $env:FAL_KEY = $Variable
            $said = @(Get-MessageOf $Line -Nobody)
            $said | Should -HaveCount 1
            $said[0] | Should -Not -Match "[`r`n]|Read-Host|canary"
            Get-MessageOf $Line | Should -BeLike '*Read-Host*'
        }
        finally {
            Remove-Item Env:NB_FAL_BASEURI, Env:FAL_KEY -ErrorAction Ignore
            $env:NB_STATE_PATH = $before
        }
    }

    It 'is refused when it cannot be one' {
        $record = Get-ErrorOf { New-NBImage 'a cat' -ApiKey (ConvertTo-SecureString "canary`r`n" -AsPlainText -Force) }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -Not -Match 'canary'
    }
}
