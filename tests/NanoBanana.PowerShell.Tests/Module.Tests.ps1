[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Clear-NBEnvironment
    $moduleFolder = Split-Path $NBManifest
}

AfterAll { Clear-NBEnvironment }

Describe 'The manifest' {
    It 'is valid' {
        { Test-ModuleManifest $NBManifest -ErrorAction Stop } | Should -Not -Throw
    }

    It 'exports exactly its cmdlets, each by name' {
        $manifest = Import-PowerShellDataFile $NBManifest

        $manifest.CmdletsToExport | Should -Be 'New-NBImage', 'Edit-NBImage', 'Get-NBJob', 'Wait-NBJob', 'Receive-NBJob', 'Stop-NBJob', 'Remove-NBJob', 'Get-NBPrice', 'Get-NBUsage', 'Get-NBProvider', 'Set-NBCredential', 'Get-NBCredential', 'Remove-NBCredential', 'Test-NBCredential', 'Get-NBOption', 'Set-NBOption', 'ConvertFrom-NBWebhook'
        $manifest.FunctionsToExport | Should -HaveCount 0
        $manifest.AliasesToExport | Should -HaveCount 0
        $manifest.VariablesToExport | Should -HaveCount 0
    }

    It 'asks for PowerShell 7.4, and only Core' {
        $manifest = Import-PowerShellDataFile $NBManifest

        $manifest.PowerShellVersion | Should -Be '7.4'
        $manifest.CompatiblePSEditions | Should -Be 'Core'
    }

    It 'lies in a folder named for its version' {
        Split-Path $moduleFolder -Leaf | Should -Be (Import-PowerShellDataFile $NBManifest).ModuleVersion
    }
}

Describe 'The files' {
    It 'has at the top what PowerShell loads' {
        foreach ($name in 'NanoBanana.PowerShell.dll', 'NanoBanana.Abstractions.dll', 'NanoBanana.psd1', 'NanoBanana.Format.ps1xml', 'LICENSE', 'README.md', 'CHANGELOG.md') {
            Join-Path $moduleFolder $name | Should -Exist
        }
        Get-ChildItem $moduleFolder -Filter *.dll | Should -HaveCount 2
    }

    It 'has in deps what the engine loads, and nothing that belongs to PowerShell' {
        (Get-ChildItem (Join-Path $moduleFolder 'deps')).Name | Sort-Object | Should -Be 'BouncyCastle.Cryptography.dll', 'NanoBanana.Engine.dll', 'NanoBanana.Sandbox.dll', 'Polly.Core.dll'
    }
}

Describe 'Importing' {
    It 'works by the folder above the version' {
        Invoke-NewPwsh "Import-Module '$(Split-Path $moduleFolder)'; (Get-Command -Module NanoBanana).Name -join ','" | Should -Be 'ConvertFrom-NBWebhook,Edit-NBImage,Get-NBCredential,Get-NBJob,Get-NBOption,Get-NBPrice,Get-NBProvider,Get-NBUsage,New-NBImage,Receive-NBJob,Remove-NBCredential,Remove-NBJob,Set-NBCredential,Set-NBOption,Stop-NBJob,Test-NBCredential,Wait-NBJob'
    }

    It 'works again with -Force' {
        $folder = Join-Path $TestDrive 'force'
        Invoke-NewPwsh @"
Import-Module '$NBManifest'
`$null = New-NBImage a -Sandbox -OutDirectory '$folder'
Import-Module '$NBManifest' -Force
`$null = New-NBImage b -Sandbox -OutDirectory '$folder'
Remove-Module NanoBanana
Import-Module '$NBManifest'
(New-NBImage c -Sandbox -OutDirectory '$folder').GetType().FullName
"@ | Should -Be 'NanoBanana.NBImage'
        Get-ChildItem $folder | Should -HaveCount 3
    }

    It 'works in several runspaces at once' {
        $folder = Join-Path $TestDrive 'runspaces'
        $shells = 1..3 | ForEach-Object { [powershell]::Create().AddScript("Import-Module '$NBManifest'; New-NBImage 'runspace $_' -Sandbox -OutDirectory '$folder'") }
        $running = $shells | ForEach-Object { @{ Shell = $_; Result = $_.BeginInvoke() } }
        $images = $running | ForEach-Object { $_.Shell.EndInvoke($_.Result) }
        $shells.Dispose()

        $images | Should -HaveCount 3
    }

    It 'lets the user name its types' {
        Invoke-NewPwsh "Import-Module '$NBManifest'; [NanoBanana.NBImage].Assembly.GetName().Name" | Should -Be 'NanoBanana.Abstractions'
    }

    It 'loads what lies in deps in a context of its own' {
        Invoke-NewPwsh @"
Import-Module '$NBManifest'
`$null = New-NBImage a -Sandbox -OutDirectory '$(Join-Path $TestDrive 'contexts')'
`$loaded = [AppDomain]::CurrentDomain.GetAssemblies().Where{ `$_.GetName().Name -in 'NanoBanana.Engine', 'NanoBanana.Sandbox', 'Polly.Core' }
`$loaded.ForEach{ `$_.GetName().Name + ' in ' + [Runtime.Loader.AssemblyLoadContext]::GetLoadContext(`$_).Name } | Sort-Object
"@ | Should -Be 'NanoBanana.Engine in NanoBanana', 'NanoBanana.Sandbox in NanoBanana', 'Polly.Core in NanoBanana'
    }

    It 'has no type of deps in what its assemblies show' {
        $names = Invoke-NewPwsh @"
Import-Module '$NBManifest'
`$null = New-NBImage a -Sandbox -OutDirectory '$(Join-Path $TestDrive 'types')'
`$hidden = 'NanoBanana.Engine', 'NanoBanana.Sandbox', 'Polly.Core'
`$all = [Reflection.BindingFlags]'Public, NonPublic, Instance, Static, DeclaredOnly'
foreach (`$assembly in [AppDomain]::CurrentDomain.GetAssemblies().Where{ `$_.GetName().Name -in 'NanoBanana.PowerShell', 'NanoBanana.Abstractions' }) {
    foreach (`$type in `$assembly.GetExportedTypes()) {
        `$seen = @(`$type.BaseType) + `$type.GetInterfaces()
        foreach (`$method in @(`$type.GetMethods(`$all)) + @(`$type.GetConstructors(`$all)) | Where-Object { `$_.IsPublic -or `$_.IsFamily }) {
            `$seen += `$method.GetParameters().ParameterType
            if (`$method -is [Reflection.MethodInfo]) { `$seen += `$method.ReturnType }
        }
        `$seen += `$type.GetFields(`$all).Where{ `$_.IsPublic -or `$_.IsFamily }.FieldType
        foreach (`$one in `$seen | Where-Object { `$_ } | ForEach-Object { `$_; `$_.GetGenericArguments() }) {
            if (`$one.Assembly.GetName().Name -in `$hidden) { "`$type shows `$one" }
        }
    }
}
'done'
"@
        $names | Should -Be 'done'
    }
}

Describe 'The first command of a session' {
    BeforeAll {
        . (Join-Path $PSScriptRoot 'Jobs.ps1')
        Import-BuiltModule
        $sandbox = Open-Sandbox
        $folder = Open-Journal
        Connect-EveryProvider $sandbox
        $picture = New-NBImage 'a shoe' -OutFile (Join-Path $folder 'shoe.png')
        $id = $picture.JobId
        $waiting = New-NBImage 'a boot' -Provider ApiDot -NoWait
        $body = @{ data = @{ task_id = $waiting.RemoteId; status = 'running' } } | ConvertTo-Json -Compress
    }

    AfterAll {
        Close-Sandbox $sandbox
        Clear-NBEnvironment
    }

    It 'shows a table: <Line>' -ForEach @(
        @{ Line = "New-NBImage 'a cat' -OutDirectory <folder>"; Header = 'Provider +Size +Format +Cost' }
        @{ Line = "Edit-NBImage 'at night' -Image <picture> -OutDirectory <folder>"; Header = 'Provider +Size +Format +Cost' }
        @{ Line = 'Receive-NBJob <id> -Force -OutDirectory <folder>'; Header = 'Provider +Size +Format +Cost' }
        @{ Line = 'Get-NBJob'; Header = 'Id +State +Provider' }
        @{ Line = 'Wait-NBJob <id>'; Header = 'Id +State +Provider' }
        @{ Line = 'Stop-NBJob <id> -WarningAction Ignore'; Header = 'Id +State +Provider' }
        @{ Line = "ConvertFrom-NBWebhook -Body '<body>'"; Header = 'Id +State +Provider' }
        @{ Line = 'Get-NBPrice Fal'; Header = 'Provider +Model +Resolution +UnitPrice' }
        @{ Line = 'Get-NBPrice Fal -Live -Sandbox'; Header = 'Provider +Model +Resolution +UnitPrice' }
        @{ Line = 'Get-NBUsage'; Header = 'Day +Provider +Model' }
        @{ Line = 'Get-NBProvider'; Header = 'Name +Resolutions +KeyFound' }
        @{ Line = 'Get-NBCredential'; Header = 'Provider +Source +Vault +LastFour' }
        @{ Line = 'Test-NBCredential Fal'; Header = 'Provider +IsValid +Source +Message' }
        @{ Line = 'Get-NBOption'; Header = 'Name +Value +Source +Description' }
        @{ Line = 'Set-NBOption -Resolution 1K -PassThru -Scope Process'; Header = 'Name +Value +Source +Description' }
    ) {
        $text = $Line -replace '<folder>', "'$folder'" -replace '<picture>', "'$($picture.Path)'" -replace '<id>', $id -replace '<body>', $body
        $shown = Invoke-OtherPwsh "`$PSStyle.OutputRendering = 'PlainText'; Import-Module '$NBManifest'; $text"
        ($shown | Where-Object { $_ }) | Select-Object -First 1 | Should -Match "^$Header"
    }
}

Describe 'Beside another module with its own Polly.Core' {
    BeforeAll {
        $other = (New-Item -ItemType Directory -Path (Join-Path $TestDrive 'Other')).FullName
        # In a process of its own, so that nothing of it is loaded here.
        Invoke-NewPwsh "& '$(Join-Path $PSScriptRoot 'OtherModule.ps1')' -Folder '$other'"
        $ours = "Import-Module '$NBManifest'; (New-NBImage a -Sandbox -OutDirectory '$(Join-Path $TestDrive 'beside')').Provider"
        $theirs = "Import-Module '$other/Other.psd1'; Get-PollyWord"
        $versions = "[AppDomain]::CurrentDomain.GetAssemblies().Where{ `$_.GetName().Name -eq 'Polly.Core' }.ForEach{ `$_.GetName().Version.Major } | Sort-Object"
    }

    It 'works when it comes first' {
        Invoke-NewPwsh "$ours; $theirs; $versions" | Should -Be 'Fal', 'polly seven', '7', '8'
    }

    It 'works when it comes second' {
        Invoke-NewPwsh "$theirs; $ours; $versions" | Should -Be 'polly seven', 'Fal', '7', '8'
    }
}

Describe 'Help and completion' {
    BeforeAll { Import-BuiltModule }

    It 'shows the syntax and a synopsis of <_>' -ForEach 'New-NBImage', 'Edit-NBImage', 'Get-NBProvider' {
        $help = Get-Help $_

        $help.Synopsis.Trim() | Should -Not -BeNullOrEmpty
        $help.Synopsis | Should -Not -Match '\[-'
        $help.Syntax | Out-String | Should -Match ($_ -eq 'Get-NBProvider' ? '-Name' : '-Prompt')
    }

    It 'says what <_> gives' -ForEach 'New-NBImage', 'Edit-NBImage', 'Get-NBProvider' {
        (Get-Command $_).OutputType.Name | Should -Contain ($_ -eq 'Get-NBProvider' ? 'NanoBanana.NBProvider' : 'NanoBanana.NBImage')
    }

    It 'describes every parameter of <_>' -ForEach 'Get-NBJob', 'Wait-NBJob', 'Receive-NBJob', 'Stop-NBJob', 'Remove-NBJob' {
        $help = Get-Help $_ -Full
        $help.Synopsis | Should -Not -Match '\[-'
        $own = (Get-Command $_).Parameters.Keys | Where-Object { $_ -notin [Management.Automation.Cmdlet]::CommonParameters }
        foreach ($name in $own) {
            ($help.parameters.parameter | Where-Object name -EQ $name).description.Text | Should -Not -BeNullOrEmpty -Because "-$name is to be described"
        }
    }

    It 'completes <Parameter>' -ForEach @(
        @{ Parameter = 'Resolution'; Word = '4K' }
        @{ Parameter = 'AspectRatio'; Word = '16:9' }
        @{ Parameter = 'OutputFormat'; Word = 'webp' }
        @{ Parameter = 'Provider'; Word = 'Fal' }
        @{ Parameter = 'ThinkingLevel'; Word = 'High' }
        @{ Parameter = 'Priority'; Word = 'Low' }
    ) {
        $line = "New-NBImage -$Parameter "
        (TabExpansion2 $line $line.Length).CompletionMatches.CompletionText | Should -Contain $Word
    }

    It 'has both cmdlets ask before they spend' -ForEach 'New-NBImage', 'Edit-NBImage' {
        (Get-Command $_).Parameters.Keys | Should -Contain 'WhatIf'
        (Get-Command $_).Parameters.Keys | Should -Contain 'Confirm'
    }
}
