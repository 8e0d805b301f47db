[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
    Clear-NBEnvironment
    $prompt = 'a heron that nobody may read of'
    $digest = [Security.Cryptography.SHA256]::HashData([Text.Encoding]::UTF8.GetBytes($prompt))
    $hash = [Convert]::ToHexString($digest).ToLowerInvariant()

    # The files below the state folder that hold a text, whatever kind of file they are.
    function Find-InState {
        param([string] $Text)

        @(Get-ChildItem $env:NB_STATE_PATH -Recurse -File -Force | Where-Object { [IO.File]::ReadAllText($_.FullName).Contains($Text, 'OrdinalIgnoreCase') })
    }
}

AfterAll { Clear-NBEnvironment }

Describe 'What Set-NBOption -JournalPrompt <_> leaves in the state folder' -ForEach $true, $false {
    BeforeAll {
        $keeps = $_
        $folder = Open-Journal
        Set-NBOption -JournalPrompt $keeps
        $job = New-NBImage $prompt -Sandbox -NoWait -OutDirectory $folder
    }
    AfterAll { Clear-NBEnvironment }

    It 'is the prompt, or else its hash, in the file of the job' {
        Find-InState $prompt | Should -HaveCount ($keeps ? 1 : 0)
        Find-InState 'heron' | Should -HaveCount ($keeps ? 1 : 0)
        $withHash = Find-InState $hash
        $withHash | Should -HaveCount ($keeps ? 0 : 1)
        @($withHash) + @(Find-InState $prompt) | ForEach-Object BaseName | Should -Be $job.Id
    }

    It 'is a job with the same PromptHash, in this session and in another' {
        $job.PromptHash | Should -BeExactly $hash
        $listed = Get-NBJob $job.Id
        $listed.PromptHash | Should -BeExactly $hash
        $listed.Prompt | Should -Be ($keeps ? $prompt : $null)
        Invoke-OtherPwsh "Import-Module '$NBManifest'; (Get-NBJob $($job.Id)).PromptHash" | Should -BeExactly $hash
    }

    It 'is a picture that can be fetched all the same' {
        $image = $job | Receive-NBJob -Wait
        $image.Path | Should -Exist
        [NanoBanana.NBJob]::HashPrompt($prompt) | Should -BeExactly $hash
    }
}
