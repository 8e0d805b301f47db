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

    # The simulator takes any key but this one.
    $bad = ConvertTo-SecureString 'invalid' -AsPlainText -Force
    $good = ConvertTo-SecureString 'canary-key-7f3a91' -AsPlainText -Force
}

AfterAll {
    Close-OtherPwsh $TestDrive
    Close-Sandbox $sandbox
    Clear-NBEnvironment
    Remove-Item Env:NB_APIFRAME_BASEURI -ErrorAction Ignore
}

Describe 'Test-NBCredential' {
    BeforeEach { Clear-NBEnvironment }

    It '<Provider> says whether it accepts a key' -ForEach @{ Provider = 'Fal' }, @{ Provider = 'Apiframe' }, @{ Provider = 'ApiMaster' } {
        $accepted = Test-NBCredential $Provider -ApiKey $good -Sandbox
        $accepted | Should -BeOfType ([NanoBanana.NBCredentialTest])
        $accepted.IsValid | Should -BeTrue
        $accepted.Source | Should -Be 'Parameter'

        $refused = Test-NBCredential $Provider -ApiKey $bad -Sandbox
        $refused.IsValid | Should -BeFalse
        $refused.Message | Should -Not -Match 'invalid"|canary'
    }

    It 'E10: does not say that the sandbox accepted a key where none was given' {
        $told = Test-NBCredential Fal -Sandbox
        $told.IsValid | Should -Be $null
        $told.Message | Should -BeLike '*nothing was tested*'
    }

    It '<_> has no free call, and that is said' -ForEach 'ApiDot', 'Prospolabs' {
        $told = Test-NBCredential $_ -ApiKey $good -Sandbox
        $told.IsValid | Should -Be $null
        $told.Message | Should -BeLike '*cannot be told*'
    }

    It 'tests every provider in the sandbox when none is named' {
        (Test-NBCredential -Sandbox).Provider | Should -Be 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs'
        (Get-NBProvider Api* | Test-NBCredential -Sandbox).Provider | Should -Be 'ApiDot', 'Apiframe', 'ApiMaster'
    }

    It 'tests those that have a key when none is named' {
        Connect-Sandbox $sandbox
        $told = Test-NBCredential
        $told.Provider, $told.Source, $told.IsValid | Should -Be 'Fal', 'Environment', $true
        ($told | Format-List * | Out-String) | Should -Not -Match 'canary'
    }

    It 'orders no picture' {
        Connect-Sandbox $sandbox
        Clear-Sandbox $sandbox
        $null = Test-NBCredential Fal
        (Get-SandboxLedger $sandbox).entries | Should -BeNullOrEmpty
    }

    It 'shows a key given with -ApiKey to one provider only' {
        foreach ($script in { Test-NBCredential -ApiKey $good }, { Test-NBCredential Fal, Apiframe -ApiKey $good }) {
            $record = Get-ErrorOf $script
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*-Provider*'
        }
    }

    It 'tells that there is no key, and goes on with the next' {
        Connect-Sandbox $sandbox
        $told = Test-NBCredential Apiframe, Fal -ErrorVariable failed -ErrorAction SilentlyContinue
        $failed.FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        $told.IsValid | Should -BeTrue
    }

    It 'names once who has no key where nobody has one' {
        $names = 'Fal, ApiDot, Apiframe, ApiMaster, Prospolabs'
        $record = Get-ErrorOf { Test-NBCredential }
        $record | Should -HaveCount 1
        $record.FullyQualifiedErrorId | Should -BeLike 'CredentialNotFound,*'
        Get-MessageOf 'Test-NBCredential' | Should -BeLike "No key was found for any of these: $names. Do one of these:*-Provider Fal -ApiKey (Read-Host*Set-NBCredential -Provider Fal*FAL_KEY*"
        Get-MessageOf 'Test-NBCredential' -Nobody | Should -BeLike "No key was found for any of these: $names. Give it with -Provider Fal -ApiKey,*FAL_KEY*"
    }

    It 'tells that the provider cannot be reached' {
        $env:APIFRAME_API_KEY = 'afk_canary'
        $env:NB_APIFRAME_BASEURI = 'http://127.0.0.1:9' # Nobody listens there.
        try { $record = Get-ErrorOf { Test-NBCredential Apiframe } }
        finally { Remove-Item Env:NB_APIFRAME_BASEURI }
        $record.FullyQualifiedErrorId | Should -BeLike 'ProviderUnavailable,*'
    }

    It 'tests the key of the vault' {
        if ($skip) { Set-ItResult -Skipped -Because $skip; return }
        $place = New-VaultHome
        $told = Invoke-AtHome $place {
            Set-NBCredential Fal (ConvertTo-Key 'invalid')
            Test-NBCredential Fal
            Set-NBCredential Fal (ConvertTo-Key 'canary-key-7f3a91')
            Test-NBCredential Fal -Vault Store
        } -Environment @{ NB_FAL_BASEURI = "$($sandbox.Uri)/fal"; FAL_KEY = 'key-of-environment' }
        $told.Source | Should -Be 'Vault', 'Vault'
        $told.IsValid | Should -Be $false, $true
    }
}
