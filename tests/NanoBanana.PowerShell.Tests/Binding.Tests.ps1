[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    Import-BuiltModule

    # What a script block wrote as errors; nothing that it made, for it must have made nothing.
    function Get-Refusal([scriptblock] $Script) {
        $all = & $Script 2>&1
        $all | Where-Object { $_ -isnot [Management.Automation.ErrorRecord] } | Should -BeNullOrEmpty
        $all
    }
}

# Objects of the pipeline are rows. The numbers are those of the list of cases that once went wrong.
Describe 'What comes in through the pipeline' {
    BeforeEach {
        Clear-NBEnvironment
        $env:NB_STATE_PATH = Join-Path $TestDrive ".state-$([guid]::NewGuid().ToString('n'))"
        $folder = (New-Item -ItemType Directory -Path (Join-Path $TestDrive ([guid]::NewGuid().ToString('n')))).FullName
        Push-Location $folder
    }

    AfterEach { Pop-Location }

    AfterAll { Clear-NBEnvironment }

    Context 'is a prompt, a row, or refused' {
        It 'A2: <Name> on the command line is refused, not made a prompt' -ForEach @(
            @{ Name = 'a hashtable'; Value = @{ Prompt = 'a fox' } }
            @{ Name = 'a row of a CSV'; Value = [pscustomobject]@{ Prompt = 'a fox' } }
            @{ Name = 'a file'; Value = Get-Item $PSCommandPath }
            @{ Name = 'a date'; Value = [datetime]::UnixEpoch }
            @{ Name = 'one of several'; Value = 'a fox', @{ Prompt = 'a cat' } }
        ) {
            $all = New-NBImage $Value -Sandbox 2>&1
            $records = @($all | Where-Object { $_ -is [Management.Automation.ErrorRecord] })

            $records.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $records.Exception.Message | Should -BeLike '-Prompt must be text*'
            @(Get-NBJob -Sandbox).Prompt | Where-Object { $_ -ne 'a fox' } | Should -BeNullOrEmpty
        }

        It 'A6: blanks and a byte order mark around a header do not matter' {
            $image = "$([char] 0xFEFF)Prompt ,AspectRatio `na red fox,16:9" | ConvertFrom-Csv | New-NBImage -Sandbox -WarningVariable warnings
            $image.Prompt, $image.AspectRatio | Should -Be 'a red fox', '16:9'
            $warnings | Should -BeNullOrEmpty
        }

        It 'A7: a row of an edit is refused by New-NBImage' {
            $record = Get-Refusal { [pscustomobject]@{ Prompt = 'at night'; Operation = 'Edit' } | New-NBImage -Sandbox }
            $record.Exception.Message | Should -BeLike '*Edit-NBImage*'
        }

        It 'A8: $null among several images is refused' {
            $source = New-NBImage 'a shoe' -Sandbox
            $record = Get-Refusal { Edit-NBImage 'at night' -Image $source.Path, $null -Sandbox }
            $record.Exception.Message | Should -BeLike 'Item 2 of -Image*'
        }

        It 'A4: $env:NB_SANDBOX = <Value> is the sandbox' -ForEach @(foreach ($value in '1', 'TRUE', 'yes', ' on ') { @{ Value = $value } }) {
            $env:NB_SANDBOX = $Value
            (New-NBImage 'a fox').Sandbox | Should -BeTrue
        }

        It 'A4: an unknown $env:NB_SANDBOX is refused, not taken for no' {
            $env:NB_SANDBOX = 'ja'
            { New-NBImage 'a fox' } | Should -Throw -ErrorId 'InvalidRequest,*'
        }

        It 'A1: an object of the wrong delimiter is refused, and the delimiter is named: <Name>' -ForEach @(
            @{ Name = 'semicolon'; Delimiter = ';'; Hint = "-Delimiter ';'" }
            @{ Name = 'tab'; Delimiter = "`t"; Hint = '-Delimiter ''`t''' }
        ) {
            $csv = "Prompt${Delimiter}AspectRatio", "a red fox${Delimiter}16:9"

            $record = Get-Refusal { $csv | ConvertFrom-Csv | New-NBImage -Sandbox }

            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*no property Prompt*'
            $record.Exception.Message | Should -Match ([regex]::Escape($Hint))
            Get-NBJob -Sandbox | Should -BeNullOrEmpty
        }

        It 'A1: it is refused also where -Prompt stands on the command line' {
            $record = Get-Refusal { [pscustomobject]@{ 'Seed;AspectRatio' = '1;16:9' } | New-NBImage 'a fox' -Sandbox }
            $record.Exception.Message | Should -BeLike "*-Delimiter ';'*"
        }

        It 'A1: the right delimiter makes a row' {
            $image = "Prompt;AspectRatio`na red fox;16:9" | ConvertFrom-Csv -Delimiter ';' | New-NBImage -Sandbox
            $image.Prompt | Should -Be 'a red fox'
            $image.AspectRatio | Should -Be '16:9'
        }

        It 'A2: a hashtable is a row' {
            $image = @{ Prompt = 'a red fox'; Resolution = '2K' } | New-NBImage -Sandbox
            $image.Prompt | Should -Be 'a red fox'
            $image.Resolution | Should -Be '2K'
        }

        It 'A2: an ordered dictionary is a row, and its own Count is none' {
            $images = [ordered]@{ Prompt = 'a red fox'; Seed = 7; AspectRatio = '1:1' } | New-NBImage -Sandbox
            $images | Should -HaveCount 1
            $images.Seed | Should -Be 7
        }

        It 'A2: a DataRow is a row' {
            $table = [Data.DataTable]::new()
            $null = $table.Columns.Add('Prompt')
            $null = $table.Columns.Add('Seed', [long])
            $null = $table.Rows.Add('with', 9L)
            $null = $table.Rows.Add('without', [DBNull]::Value)

            $images = $table.Rows | New-NBImage -Sandbox -WarningVariable warnings | Sort-Object Prompt

            $images.Seed | Should -Be 9, $null
            $warnings | Should -HaveCount 0
        }

        It 'A3: a file is not a prompt' {
            Set-Content notes.txt 'a prompt of notes'

            $record = Get-Refusal { Get-Item notes.txt | New-NBImage -Sandbox }

            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*Get-Content*'
        }

        It 'A3: the lines of a file are prompts, whatever properties PowerShell puts on them' {
            Set-Content notes.txt 'a prompt of notes'
            (Get-Content notes.txt | New-NBImage -Sandbox).Prompt | Should -Be 'a prompt of notes'
        }

        It 'A4: an object without a prompt is refused with the names of its properties' {
            $record = Get-Refusal { [pscustomobject]@{ Promt = 'a fox'; Size = '2K' } | New-NBImage -Sandbox }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*Promt, Size*'
        }

        It 'A4: <Name> is refused' -ForEach @(
            @{ Name = 'a date'; Value = { Get-Date } }
            @{ Name = 'a boolean'; Value = { $true } }
            @{ Name = 'a process'; Value = { Get-Process -Id $PID } }
            @{ Name = 'a byte'; Value = { [byte] 137 } }
            @{ Name = 'an array of bytes'; Value = { , [byte[]] (137, 80) } }
            @{ Name = 'nothing'; Value = { $null } }
            @{ Name = 'an empty hashtable'; Value = { @{} } }
        ) {
            $record = Get-Refusal { & $Value | New-NBImage -Sandbox }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            Get-NBJob -Sandbox | Should -BeNullOrEmpty
        }

        It 'A4: a number and a character are prompts' {
            $images = 42, 1.5, [char] 'x' | New-NBImage -Sandbox
            $images.Prompt | Sort-Object | Should -Be '1.5', '42', 'x'
        }

        It 'A4: text beside -Prompt is refused' {
            (Get-Refusal { 'a cat' | New-NBImage 'a dog' -Sandbox }).Exception.Parameter | Should -Be 'Prompt'
        }

        It 'A4: a row of the sandbox is refused by a command that would pay' {
            $record = Get-Refusal { [pscustomobject]@{ Prompt = 'x'; Sandbox = 'True' } | New-NBImage -WhatIf }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Message | Should -BeLike '*-Sandbox*'
        }
    }

    Context 'is converted strictly, the same in every culture' {
        BeforeEach { $culture = [cultureinfo]::CurrentCulture }
        AfterEach { [cultureinfo]::CurrentCulture = $culture }

        It 'A5: the seed <_> is refused' -ForEach '12a', '7.5', '99999999999999999999', '1,000', '1.000', '0x10', '1e3', 7.5, '๑' {
            $record = Get-Refusal { [pscustomobject]@{ Prompt = 'x'; Seed = $_ } | New-NBImage -Sandbox }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Parameter | Should -Be 'Seed'
            $record.Exception.Message | Should -BeLike '*is not a whole number*'
        }

        It 'A5: -ErrorAction Stop ends the command with that error' {
            { [pscustomobject]@{ Prompt = 'x'; Seed = '12a' } | New-NBImage -Sandbox -ErrorAction Stop } |
                Should -Throw -ExceptionType ([NanoBanana.NBException]) "*-Seed '12a' is not a whole number*"
        }

        It 'A5: <Parameter> = <Value> is refused' -ForEach @(
            @{ Parameter = 'Count'; Value = '2147483648' }
            @{ Parameter = 'Count'; Value = '1,000' }
            @{ Parameter = 'SafetyTolerance'; Value = '2.5' }
            @{ Parameter = 'StartTimeoutSec'; Value = '1,5' }
            @{ Parameter = 'StartTimeoutSec'; Value = '1e300' }
            @{ Parameter = 'WebSearch'; Value = 'ja' }
            @{ Parameter = 'LimitGenerations'; Value = '2' }
            @{ Parameter = 'ThinkingLevel'; Value = 'deep' }
            @{ Parameter = 'ThinkingLevel'; Value = '1' }
            @{ Parameter = 'Priority'; Value = 'first' }
            @{ Parameter = 'Resolution'; Value = '8K' }
            @{ Parameter = 'AspectRatio'; Value = '7:5' }
            @{ Parameter = 'OutputFormat'; Value = 'gif' }
            @{ Parameter = 'Provider'; Value = 'Nobody' }
            @{ Parameter = 'AdditionalProperties'; Value = '{x' }
            @{ Parameter = 'AdditionalProperties'; Value = '[1]' }
            @{ Parameter = 'AdditionalProperties'; Value = '{"a":1,"a":2}' }
            @{ Parameter = 'SystemPrompt'; Value = @{ a = 1 } }
            @{ Parameter = 'OutFile'; Value = 'x/' }
        ) {
            $record = Get-Refusal { @{ Prompt = 'x'; $Parameter = $Value } | New-NBImage -Sandbox }
            $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record.Exception.Parameter | Should -Be $Parameter
        }

        It 'A5: a blank cell is not given: "<Blank>"' -ForEach @{ Blank = '' }, @{ Blank = '  ' }, @{ Blank = $null }, @{ Blank = [DBNull]::Value } {
            $image = [pscustomobject]@{ Prompt = 'x'; Seed = $Blank; Count = $Blank; Resolution = $Blank; WebSearch = $Blank; AdditionalProperties = $Blank } | New-NBImage -Sandbox
            $image.Seed | Should -BeNullOrEmpty
            $image.Resolution | Should -Be '1K'
        }

        It 'A5: a whole number of a spreadsheet, a double, is one' {
            ([pscustomobject]@{ Prompt = 'x'; Seed = 7.0 } | New-NBImage -Sandbox).Seed | Should -Be 7
        }

        It 'A5: <_> reads the same cells' -ForEach 'de-DE', 'tr-TR', 'th-TH', 'ar-SA', 'fr-FR' {
            [cultureinfo]::CurrentCulture = $_

            $image = [pscustomobject]@{ pRoMpT = 'x'; SEED = '1234'; StartTimeoutSec = '60.5'; limitgenerations = 'TRUE'; RESOLUTION = '0.5k' } | New-NBImage -Sandbox

            $image.Seed | Should -Be 1234
            $image.StartTimeoutSec | Should -Be 60.5
            $image.LimitGenerations | Should -BeTrue
            $image.Resolution | Should -Be '0.5K'
            (Get-Refusal { [pscustomobject]@{ Prompt = 'x'; Seed = '1.234' } | New-NBImage -Sandbox }).Exception.Parameter | Should -Be 'Seed'
        }

        It 'A5: the command line rounds nothing either: -<Parameter> <Value>' -ForEach @(
            @{ Parameter = 'Seed'; Value = 7.5 }
            @{ Parameter = 'Count'; Value = '1,000' }
            @{ Parameter = 'StartTimeoutSec'; Value = '1,5' }
        ) {
            $given = @{ $Parameter = $Value }
            { New-NBImage 'x' -Sandbox @given } | Should -Throw -ExceptionType ([Management.Automation.ParameterBindingException])
        }
    }

    Context 'sets every parameter of a request' {
        It 'A6: the list of parameters is that of <Name>' -ForEach @(
            @{ Name = 'New-NBImage'; More = @() }
            @{ Name = 'Edit-NBImage'; More = 'Image' }
        ) {
            $list = (Get-Command $Name).ImplementingType.Assembly.GetType('NanoBanana.PowerShell.Binding.RowParameters')
            $common = [Management.Automation.Cmdlet]::CommonParameters
            $all = (Get-Command $Name).Parameters.Values | Where-Object Name -NotIn (@($common) + 'InputObject')
            $commandOnly = $all | Where-Object { $list::IsCommandOnly($_.Name) }
            $perRequest = $all | Where-Object { -not $list::IsCommandOnly($_.Name) }

            $perRequest.Name | Sort-Object | Should -Be (@($list::Parsers.Keys) + $More | Sort-Object)
            $perRequest | Where-Object { -not $_.Attributes.Where{ $_.ValueFromPipelineByPropertyName } } | Should -BeNullOrEmpty
            $commandOnly | Where-Object { $_.Attributes.Where{ $_.ValueFromPipelineByPropertyName -or $_.ValueFromPipeline } } | Should -BeNullOrEmpty
            $commandOnly.Name | Should -Contain 'MaxCost'
        }

        It 'A6: nothing that a row may set has a validation that would keep the cmdlet from seeing the row' {
            foreach ($name in 'New-NBImage', 'Edit-NBImage') {
                (Get-Command $name).Parameters.Values.Where{ $_.Attributes.Where{ $_.ValueFromPipelineByPropertyName } }.Attributes |
                    Where-Object { $_ -is [Management.Automation.ValidateArgumentsAttribute] } | Should -BeNullOrEmpty
            }
        }

        It 'A6: the columns of a CSV' {
            $images = @'
Prompt,Count,OutputFormat,Model,OutDirectory,SafetyTolerance,ThinkingLevel,WebSearch,SystemPrompt,AdditionalProperties,Provider
a fox,2,jpeg,fal-ai/nano-banana-2,sub,2,High,true,Paint in oil.,"{""quality"":""high""}",Fal
a cat,,,,,,,,,,
'@ | ConvertFrom-Csv | New-NBImage -Sandbox -WarningVariable warnings

            $fox = $images | Where-Object Prompt -EQ 'a fox'
            $fox | Should -HaveCount 2
            $fox.Path | Split-Path | Select-Object -Unique | Should -Be (Join-Path $folder 'sub')
            $fox[0].Format | Should -Be 'Jpeg'
            $fox[0].SafetyTolerance | Should -Be 2
            $fox[0].ThinkingLevel | Should -Be 'High'
            $fox[0].WebSearch | Should -BeTrue
            $fox[0].SystemPrompt | Should -Be 'Paint in oil.'
            $fox[0].AdditionalProperties | Should -Be '{"quality":"high"}'
            $cat = $images | Where-Object Prompt -EQ 'a cat'
            $cat | Should -HaveCount 1
            $cat.SystemPrompt | Should -BeNullOrEmpty
            $warnings | Should -HaveCount 0
        }

        It 'A6: a column that is not used is named in one warning' {
            $rows = 1..3 | ForEach-Object { [pscustomobject]@{ Prompt = "prompt $_"; Seeds = 1; 'Aspect Ratio' = '16:9'; Force = 'True'; MaxCost = 100 } }

            $images = $rows | New-NBImage -Sandbox -WarningVariable warnings -WarningAction SilentlyContinue

            $images | Should -HaveCount 3
            $warnings | Should -HaveCount 1
            $warnings[0].Message | Should -BeLike '*Seeds, Aspect Ratio*'
            $warnings[0].Message | Should -BeLike '*command line only: Force, MaxCost*'
        }

        It 'A6: the command line wins over the row, whose cell is not even read' {
            $image = [pscustomobject]@{ Prompt = 'x'; Seed = '12a'; Resolution = '4K' } | New-NBImage -Sandbox -Seed 5 -Resolution 2K
            $image.Seed | Should -Be 5
            $image.Resolution | Should -Be '2K'
        }

        It 'A6: what one row sets does not reach the next' {
            $images = @{ Prompt = 'a'; Seed = 3; WebSearch = $true }, @{ Prompt = 'b' }, 'c' | New-NBImage -Sandbox | Sort-Object Prompt
            $images.WebSearch | Should -Be $true, $false, $false
            $images.Seed | Should -Be 3, $null, $null
        }

        It 'A6: contradictions within a row are an error of that row: <Name>' -ForEach @(
            @{ Name = 'NoWait, Direct'; Row = @{ NoWait = 'true'; Direct = '1' } }
            @{ Name = 'OutFile, OutDirectory'; Row = @{ OutFile = 'a.png'; OutDirectory = 'b' } }
            @{ Name = 'E5: OutFile, NoDownload'; Row = @{ OutFile = 'a.png'; NoDownload = 'true' } }
        ) {
            $images = ($Row + @{ Prompt = 'wrong' }), @{ Prompt = 'right' } | New-NBImage -Sandbox -ErrorVariable errors -ErrorAction SilentlyContinue
            $images.Prompt | Should -Be 'right'
            $errors | Should -HaveCount 1
            $errors[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        }

        It 'A6: a script block is run for each row, and wins over its property' {
            $images = [pscustomobject]@{ Prompt = 'a'; OutFile = 'row.png' }, [pscustomobject]@{ Prompt = 'b' } |
                New-NBImage -Sandbox -OutFile { "$($_.Prompt)-block.png" } -Seed { $_.Prompt.Length }

            $images.FileName | Sort-Object | Should -Be 'a-block.png', 'b-block.png'
            $images.Seed | Should -Be 1, 1
        }

        It 'A6: a script block makes the prompt' {
            (1, 2 | New-NBImage -Sandbox -Prompt { "house number $_" }).Prompt | Sort-Object | Should -Be 'house number 1', 'house number 2'
        }

        It 'A6: a script block reads also what is no request by itself' {
            Set-Content notes.txt 'x'
            (Get-Item notes.txt | New-NBImage -Sandbox -Prompt { "a page of $($_.BaseName)" }).Prompt | Should -Be 'a page of notes'
        }

        It 'A6: New-NBImage refuses a row with an image' {
            (Get-Refusal { @{ Prompt = 'x'; Image = 'shoe.png' } | New-NBImage -Sandbox }).Exception.Parameter | Should -Be 'Image'
        }
    }

    Context 'carries the settings of a request' {
        It 'A7: a failed job is submitted again as it was' {
            $env:NB_SANDBOX_FAULTS = 'submit:rejected'
            $settings = @{
                Seed = 42; AspectRatio = '16:9'; Resolution = '2K'; OutputFormat = 'webp'; SafetyTolerance = 2; WebSearch = $true; ThinkingLevel = 'High'
                SystemPrompt = 'Paint in oil.'; LimitGenerations = $true; Priority = 'Low'; StartTimeoutSec = 60; NoProviderRetry = $true; Count = 2
                CallbackUri = 'https://example.com/hook'; AdditionalProperties = @{ quality = 'high' }; OutDirectory = (Join-Path $folder 'out'); FileNameFormat = '{slug}-{index}'
            }
            New-NBImage 'a fox' -Sandbox @settings -ErrorAction SilentlyContinue
            $env:NB_SANDBOX_FAULTS = ''
            $failed = Get-NBJob -State Failed -Sandbox

            $failed | New-NBImage -Sandbox | Should -HaveCount 2

            $again = Get-NBJob -State Received -Sandbox
            foreach ($name in @($settings.Keys) + 'Prompt', 'Provider', 'Model', 'Operation') { $again.$name | Should -Be $failed.$name -Because $name }
            $again.Seed | Should -Be 42
            $again.AdditionalProperties | Should -Be '{"quality":"high"}'
            (Get-ChildItem out).Name | Sort-Object | Should -Be 'a-fox-1.webp', 'a-fox-2.webp'
        }

        It 'A7: what a job carries is every parameter of a request but those of one request alone' {
            $list = (Get-Command New-NBImage).ImplementingType.Assembly.GetType('NanoBanana.PowerShell.Binding.RowParameters')
            $carried = $list::Parsers.Keys | Where-Object { $_ -notin $list::NeverCarriedOver }

            $carried | Where-Object { -not [NanoBanana.NBJob].GetProperty($_) } | Should -BeNullOrEmpty
            $carried | Where-Object { -not [NanoBanana.NBImage].GetProperty($_) } | Should -Be 'Count'
        }

        It 'A7: a job that came through a file is the same' {
            $null = New-NBImage 'a fox' -Sandbox -Seed 7 -AspectRatio 1:1 -Priority Low
            Get-NBJob -Sandbox | Export-Clixml jobs.xml
            $image = Import-Clixml jobs.xml | New-NBImage -Sandbox
            $image.Seed | Should -Be 7
            $image.Priority | Should -Be 'Low'
        }

        It 'A7: an image stands for one like it' {
            $first = New-NBImage 'a fox' -Sandbox -Seed 5 -Resolution 2K -Count 2 -OutFile fox.png
            $again = $first[0] | New-NBImage -Sandbox
            $again | Should -HaveCount 1
            $again.Seed | Should -Be 5
            $again.Resolution | Should -Be '2K'
            $again.FileName | Should -Not -BeLike 'fox*.png'
        }

        It 'A7: the command line wins over the job, and OutFile over its folder' {
            $null = New-NBImage 'a fox' -Sandbox -Seed 5 -OutDirectory out
            $image = Get-NBJob -Sandbox | New-NBImage -Sandbox -Seed 6 -OutFile mine.png
            $image.Seed | Should -Be 6
            $image.Path | Should -Be (Join-Path $folder 'mine.png')
        }

        It 'A7: another provider gets the model under its own name' {
            $null = New-NBImage 'a fox' -Sandbox
            (Get-NBJob -Sandbox | New-NBImage -Sandbox -Provider ApiMaster).Model | Should -Be 'gemini-3.1-flash-image-preview'
        }

        It 'A7: a job of the sandbox is refused by a command that would pay' {
            $null = New-NBImage 'a fox' -Sandbox
            (Get-Refusal { Get-NBJob -Sandbox | New-NBImage -WhatIf }).Exception.Message | Should -BeLike '*-Sandbox*'
        }

        It 'A7: an edit is repeated by Edit-NBImage with its references, and refused by New-NBImage' {
            $shoe = New-NBImage 'a shoe' -Sandbox -OutFile shoe.png
            $null = $shoe | Edit-NBImage 'at night' -Sandbox -Seed 3
            $edit = Get-NBJob -Sandbox | Where-Object Operation -EQ Edit

            $again = $edit | Edit-NBImage -Sandbox

            $again.Prompt | Should -Be 'at night'
            $again.Seed | Should -Be 3
            $again.References | Should -Be $shoe.Path
            (Get-Refusal { $edit | New-NBImage -Sandbox }).Exception.Message | Should -BeLike '*Edit-NBImage*'
            (Get-Refusal { $again | New-NBImage -Sandbox }).Exception.Message | Should -BeLike '*Edit-NBImage*'
            (Get-Refusal { Get-NBJob -Sandbox | Where-Object Operation -EQ Generate | Edit-NBImage -Sandbox }).Exception.Message | Should -BeLike '*New-NBImage*'
        }

        It 'A7: a job whose prompt was not kept is refused, also beside -Prompt' {
            $env:NB_JOURNAL_PROMPT = 'false'
            $null = New-NBImage 'a fox' -Sandbox -SystemPrompt 'Paint in oil.' -AdditionalProperties @{ quality = 'high' }
            $env:NB_JOURNAL_PROMPT = ''

            (Get-NBJob -Sandbox).SystemPrompt | Should -BeNullOrEmpty
            (Get-NBJob -Sandbox).AdditionalProperties | Should -BeNullOrEmpty
            (Get-Refusal { Get-NBJob -Sandbox | New-NBImage -Sandbox }).Exception.Message | Should -BeLike '*was not kept*'
            (Get-Refusal { Get-NBJob -Sandbox | New-NBImage 'a fox' -Sandbox }).Exception.Message | Should -BeLike '*was not kept*'
        }
    }

    Context 'to Edit-NBImage' {
        BeforeAll { $source = New-NBImage 'a shoe' -Sandbox -OutFile (Join-Path $TestDrive 'shoe.png') }
        BeforeEach { Copy-Item $source.Path shoe.png; Copy-Item $source.Path 'shoe [1].png' }

        It 'A8: text is a prompt where -Image is given' {
            ('blue', 'red' | Edit-NBImage -Image shoe.png -Sandbox).Prompt | Sort-Object | Should -Be 'blue', 'red'
        }

        It 'A8: text is an image where -Prompt is given, and literal' {
            ('shoe.png', 'shoe [1].png' | Edit-NBImage 'at night' -Sandbox).References | Sort-Object |
                Should -Be (Join-Path $folder 'shoe [1].png'), (Join-Path $folder 'shoe.png')
            (Get-Refusal { '*.png' | Edit-NBImage 'at night' -Sandbox }).Exception.Message | Should -BeLike '*does not exist*'
        }

        It 'A8: text is refused where both are given, or none' {
            (Get-Refusal { 'x' | Edit-NBImage 'at night' -Image shoe.png -Sandbox }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            (Get-Refusal { 'x' | Edit-NBImage -Sandbox }).FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        }

        It 'A8: the CSV of images made before' {
            New-NBImage 'a town', 'a wood' -Sandbox | Export-Csv made.csv

            $edited = Import-Csv made.csv | Edit-NBImage 'at night' -Sandbox -WarningAction SilentlyContinue

            $edited | Should -HaveCount 2
            $edited.Prompt | Should -Be 'at night', 'at night'
            $edited.References | Sort-Object | Should -Be (Get-ChildItem (Import-Csv made.csv).Path | Sort-Object FullName).FullName
        }

        It 'A8: objects with <Name>' -ForEach @(
            @{ Name = 'FullName'; Rows = { Get-Item -LiteralPath 'shoe [1].png' | Select-Object FullName } }
            @{ Name = 'Path'; Rows = { [pscustomobject]@{ Path = 'shoe [1].png' } } }
            @{ Name = 'PSPath'; Rows = { Get-Item -LiteralPath 'shoe [1].png' | Select-Object PSPath } }
            @{ Name = 'Path of Resolve-Path'; Rows = { Resolve-Path -LiteralPath 'shoe [1].png' } }
            @{ Name = 'a file'; Rows = { Get-Item -LiteralPath 'shoe [1].png' } }
            @{ Name = 'a hashtable'; Rows = { @{ Image = Get-Item -LiteralPath 'shoe [1].png' } } }
        ) {
            $edited = & $Rows | Edit-NBImage 'at night' -Sandbox
            $edited.References | Should -Be (Join-Path $folder 'shoe [1].png')
        }

        It 'A8: a cell of several images is split at |' {
            $image = [pscustomobject]@{ Prompt = 'both'; Image = 'shoe.png | shoe [1].png|https://example.com/a,b.png' } | Edit-NBImage -Sandbox -WhatIf:$false -NoWait
            $image.References | Should -Be (Join-Path $folder 'shoe.png'), (Join-Path $folder 'shoe [1].png'), 'https://example.com/a,b.png'
        }

        It 'A8: a cell that is an existing file is not split' {
            if ($IsWindows) { Set-ItResult -Skipped -Because 'a file name cannot contain | on Windows' }
            Copy-Item -LiteralPath $source.Path 'one|two.png'
            ([pscustomobject]@{ Prompt = 'x'; Image = 'one|two.png' } | Edit-NBImage -Sandbox).References | Should -Be (Join-Path $folder 'one|two.png')
        }

        It 'A8: a list of images is one edit of all' {
            $edited = , @('shoe.png', (Get-Item -LiteralPath 'shoe [1].png')) | Edit-NBImage 'both' -Sandbox
            $edited | Should -HaveCount 1
            $edited.References | Should -HaveCount 2
        }

        It 'A8: a script block makes the prompt of each file' {
            (Get-Item shoe.png | Edit-NBImage -Prompt { "make $($_.BaseName) red" } -Sandbox).Prompt | Should -Be 'make shoe red'
        }

        It 'A9: -WhatIf says how many references an edit has' {
            $text = Invoke-NewPwsh "Import-Module '$NBManifest'; Set-Location '$folder'; Edit-NBImage x -Image *.png -Sandbox -WhatIf" | Out-String
            $text | Should -BeLike '*2 references*'
        }
    }

    Context 'is what an error is about' {
        It 'A10: TargetObject is the row, and the message names its number, before anything was sent' {
            $rows = [pscustomobject]@{ Prompt = 'x' }, [pscustomobject]@{ Prompt = 'x'; Seed = '12a' }, @{ Prompt = 'x'; Resolution = '9K' }

            $null = $rows | New-NBImage -Sandbox -ErrorVariable errors -ErrorAction SilentlyContinue

            $errors | Should -HaveCount 2
            [object]::ReferenceEquals($errors[0].TargetObject, $rows[1]) | Should -BeTrue
            [object]::ReferenceEquals($errors[1].TargetObject, $rows[2]) | Should -BeTrue
            $errors[0].Exception.Message | Should -BeLike 'Row 2: *'
            $errors[1].Exception.Message | Should -BeLike 'Row 3: *'
        }

        It 'A10: TargetObject is the row also where the provider refused it' {
            $env:NB_SANDBOX_FAULTS = 'submit:rejected@2'
            $rows = [pscustomobject]@{ Prompt = 'same'; Note = 1 }, [pscustomobject]@{ Prompt = 'same'; Note = 2 }

            $null = $rows | New-NBImage -Sandbox -ThrottleLimit 1 -ErrorVariable errors -ErrorAction SilentlyContinue -WarningAction SilentlyContinue

            $errors | Should -HaveCount 1
            [object]::ReferenceEquals($errors[0].TargetObject, $rows[1]) | Should -BeTrue
            $errors[0].Exception.Message | Should -BeLike 'Row 2: *'
        }

        It 'A10: TargetObject is the prompt where that stands on the command line' {
            $record = Get-Refusal { New-NBImage 'a cat' -Resolution 9K -Sandbox }
            $record.TargetObject | Should -Be 'a cat'
            $record.Exception.Message | Should -Not -BeLike 'Row*'
        }
    }
}
