[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Jobs.ps1')
    Import-BuiltModule
}

AfterAll { Clear-NBEnvironment }

Describe 'Remove-NBJob' {
    BeforeEach {
        $folder = Open-Journal
        $env:NB_SANDBOX = '1'
    }

    It 'forgets a job that was received; the picture stays' {
        $image = New-NBImage 'a fox' -OutDirectory $folder
        Remove-NBJob $image.JobId | Should -BeNullOrEmpty

        Get-NBJob | Should -BeNullOrEmpty
        $image.Path | Should -Exist
        (Get-ErrorOf { Get-NBJob $image.JobId }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        Get-ChildItem $env:NB_STATE_PATH -Recurse -File | Where-Object Name -Like "*$($image.JobId)*" | Should -HaveCount 0
    }

    It 'forgets a job that is <State>' -ForEach @(
        @{ State = 'Failed'; Make = { $env:NB_SANDBOX_FAULTS = 'submit:rejected'; $null = New-NBImage 'a fox' -OutDirectory $folder -ErrorAction SilentlyContinue } }
        @{ State = 'Cancelled'; Make = { $env:NB_SANDBOX_LATENCY_MS = '120000'; $null = New-NBImage 'a fox' -NoWait | Stop-NBJob } }
        @{ State = 'Expired'; Make = { $env:NB_SANDBOX_FAULTS = 'download:expired*'; $null = New-NBImage 'a fox' -OutDirectory $folder -ErrorAction SilentlyContinue } }
    ) {
        & $Make
        (Get-NBJob).State | Should -Be $State
        Get-NBJob | Remove-NBJob
        Get-NBJob | Should -BeNullOrEmpty
    }

    It 'refuses a job that is <State>, says why, and removes it with -Force' -ForEach @(
        @{ State = 'Submitted'; Says = '*it is Submitted*'; Make = { $env:NB_SANDBOX_LATENCY_MS = '120000'; $null = New-NBImage 'a fox' -NoWait } }
        @{ State = 'Succeeded'; Says = '*paid for and were not received*Receive-NBJob*'; Make = { $null = New-NBImage 'a fox' -NoWait | Wait-NBJob } }
        @{ State = 'SubmitOutcomeUnknown'; Says = '*may have been taken and paid for*-Refresh*'; Make = { $env:NB_SANDBOX_FAULTS = 'submit:500'; $null = New-NBImage 'a fox' -ErrorAction SilentlyContinue } }
        @{ State = 'Intent'; Says = '*it is Intent*'; Make = { Set-JobState (New-NBImage 'a fox' -NoWait) 'Intent' } }
    ) {
        & $Make
        $job = Get-NBJob
        $job.State | Should -Be $State

        $record = Get-ErrorOf { $job | Remove-NBJob }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.TargetObject | Should -Be $job.Id
        $record.Exception.Message | Should -BeLike $Says
        $record.Exception.Message | Should -BeLike '*-Force*'
        (Get-NBJob).Id | Should -Be $job.Id

        $job | Remove-NBJob -Force
        Get-NBJob | Should -BeNullOrEmpty
    }

    It 'takes ids, wildcards, NBJob, NBImage and what came out of a file' {
        $images = 1..5 | ForEach-Object { New-NBImage "picture $_" -OutDirectory $folder }
        $images[2] | Export-Clixml "$folder/image.xml"
        Remove-NBJob $images[0].JobId
        $images[1] | Remove-NBJob
        Import-Clixml "$folder/image.xml" | Remove-NBJob
        Get-NBJob -Newest 1 | Remove-NBJob
        (Get-NBJob).Id | Should -Be $images[3].JobId
        Remove-NBJob *
        Get-NBJob | Should -BeNullOrEmpty
        Get-ChildItem $folder -Filter *.png | Should -HaveCount 5
    }

    It 'removes the others when one is refused' {
        $image = New-NBImage 'received' -OutDirectory $folder
        $job = New-NBImage 'submitted' -NoWait
        Get-NBJob | Remove-NBJob -ErrorVariable errors -ErrorAction SilentlyContinue
        $errors | Should -HaveCount 1
        (Get-NBJob).Id | Should -Be $job.Id
    }

    It 'removes nothing with -WhatIf' {
        $null = New-NBImage 'a fox' -OutDirectory $folder
        Get-NBJob | Remove-NBJob -WhatIf
        Get-NBJob | Should -HaveCount 1
    }

    It 'asks with -Confirm, and takes no for an answer' {
        $image = New-NBImage 'a fox' -OutDirectory $folder
        $console = Open-Console "Remove-NBJob $($image.JobId) -Confirm"
        try { $null = $console.Shell.EndInvoke($console.Running) }
        finally { Close-Console $console }
        $console.Host.Question | Should -BeLike "*Remove from the journal*$($image.JobId)*"
        Get-NBJob | Should -HaveCount 1
    }

    It 'leaves a job alone that somebody works on, -Force or not' {
        $job = New-NBImage 'a fox' -NoWait
        $lock = Lock-Job $job
        try { $record = Get-ErrorOf { $job | Remove-NBJob -Force } }
        finally { $lock.Dispose() }
        $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        $record.Exception.Message | Should -BeLike "*worked on by process $PID*"
        (Get-NBJob).Id | Should -Be $job.Id
    }

    It 'tells an id that there is not, and an empty one' {
        (Get-ErrorOf { Remove-NBJob 01m7y4zr3x0db1hx }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
        (Get-ErrorOf { ' ' | Remove-NBJob }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        (Get-ErrorOf { Remove-NBJob '../options' }).FullyQualifiedErrorId | Should -BeLike 'JobNotFound,*'
    }

    It 'needs no key' {
        Remove-Item Env:NB_SANDBOX
        $server = Open-Sandbox
        try {
            Connect-Sandbox $server
            $image = New-NBImage 'a fox' -OutDirectory $folder
            Remove-Item Env:FAL_KEY
            Remove-NBJob $image.JobId
            Get-NBJob | Should -BeNullOrEmpty
        }
        finally { Close-Sandbox $server }
    }
}
