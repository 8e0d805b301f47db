[Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', '', Justification = 'Pester carries them from block to block.')]
param()

BeforeAll {
    . (Join-Path $PSScriptRoot 'Sandbox.ps1')
    . (Join-Path $PSScriptRoot 'Vaults.ps1')
    Import-BuiltModule
    $skip = Get-VaultSkip

    # What the Tab key offers at the end of a line.
    function Get-Completion([string] $Line) {
        (TabExpansion2 -inputScript $Line -cursorColumn $Line.Length).CompletionMatches.CompletionText
    }

    function Get-Lines($Prices, [int] $Width = 120) {
        ($Prices | Out-String -Width $Width) -replace '\e\[[\d;]*m' -split '\r?\n'
    }
}

Describe 'Get-NBPrice' {
    BeforeEach { Clear-NBEnvironment }
    AfterAll { Clear-NBEnvironment }

    Context 'the table of every provider' {
        It '<Provider> <Resolution> costs <Dollars> (<Credits>)' -ForEach @(
            @{ Provider = 'Fal'; Model = 'fal-ai/nano-banana-2'; Resolution = '0.5K'; Dollars = 0.06d; Credits = $null }
            @{ Provider = 'Fal'; Model = 'fal-ai/nano-banana-2'; Resolution = '1K'; Dollars = 0.08d; Credits = $null }
            @{ Provider = 'Fal'; Model = 'fal-ai/nano-banana-2'; Resolution = '2K'; Dollars = 0.12d; Credits = $null }
            @{ Provider = 'Fal'; Model = 'fal-ai/nano-banana-2'; Resolution = '4K'; Dollars = 0.16d; Credits = $null }
            @{ Provider = 'ApiDot'; Model = 'nano-banana-2'; Resolution = '0.5K'; Dollars = 0.035d; Credits = 7 }
            @{ Provider = 'ApiDot'; Model = 'nano-banana-2'; Resolution = '1K'; Dollars = 0.05d; Credits = 10 }
            @{ Provider = 'ApiDot'; Model = 'nano-banana-2'; Resolution = '2K'; Dollars = 0.075d; Credits = 15 }
            @{ Provider = 'ApiDot'; Model = 'nano-banana-2'; Resolution = '4K'; Dollars = 0.1d; Credits = 20 }
            @{ Provider = 'ApiMaster'; Model = 'gemini-3.1-flash-image-preview'; Resolution = '1K'; Dollars = 0.0375d; Credits = $null }
            @{ Provider = 'ApiMaster'; Model = 'gemini-3.1-flash-image-preview'; Resolution = '2K'; Dollars = 0.05d; Credits = $null }
            @{ Provider = 'ApiMaster'; Model = 'gemini-3.1-flash-image-preview'; Resolution = '4K'; Dollars = 0.075d; Credits = $null }
            @{ Provider = 'Prospolabs'; Model = 'nano-banana-2'; Resolution = '1K'; Dollars = 0.048d; Credits = $null }
            @{ Provider = 'Prospolabs'; Model = 'nano-banana-2'; Resolution = '2K'; Dollars = 0.072d; Credits = $null }
            @{ Provider = 'Prospolabs'; Model = 'nano-banana-2'; Resolution = '4K'; Dollars = 0.096d; Credits = $null }
            @{ Provider = 'Apiframe'; Model = 'nano-banana-2'; Resolution = '1K'; Dollars = $null; Credits = $null }
        ) {
            foreach ($operation in 'Generate', 'Edit') {
                $price = Get-NBPrice $Provider -Model $Model -Resolution $Resolution -Operation $operation

                $price | Should -BeOfType ([NanoBanana.NBPrice])
                $price | Should -HaveCount 1
                $price.UnitPrice | Should -Be ($null -eq $Dollars ? $null : [decimal]$Dollars)
                $price.Credits | Should -Be $Credits
                $price.Operation | Should -Be $operation
                $price.Source | Should -Not -BeNullOrEmpty
                "$($price.AsOf.ToString('yyyy-MM-dd'))" | Should -Be '2026-11-21'
            }
        }

        It 'tells that APIDot and fal disagree about the price of fal' {
            (Get-NBPrice Fal -Model *banana* -Resolution 4K).Source | Should -BeLike "*APIDot's readme claims that fal lists 0.30; fal's own page counts*"
            (Get-NBPrice ApiDot -Resolution 4K).Source | Should -BeLike "*compares with 0.30 at fal, where fal's own page says 0.16*"
        }

        It 'tells the price of what cannot be asked for' {
            $record = Get-ErrorOf { Get-NBPrice ApiMaster -Resolution 0.5K }
            $record[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $record[0].Exception.Message | Should -BeLike 'ApiMaster takes no -Resolution 0.5K*prices 0.5K at 0.0375*'
        }
    }

    Context 'without parameters' {
        It 'needs no key, lists all and warns of nothing that is fresh' {
            $prices = Get-NBPrice -WarningVariable warnings -WarningAction SilentlyContinue

            $prices | Should -HaveCount 25
            $prices.Provider | Sort-Object -Unique | Should -Be 'ApiDot', 'Apiframe', 'ApiMaster', 'Fal', 'Prospolabs'
            @($prices).Where{ $_.IsOld }.Count -gt 0 | Should -Be ($warnings.Count -gt 0)
        }

        It 'has the least total first and the unknown last' {
            $totals = (Get-NBPrice).Total
            $known = @($totals).Where{ $null -ne $_ }
            $known | Should -Be ($known | Sort-Object)
            $totals[-4..-1] | Should -Be $null, $null, $null, $null
        }

        It 'marks the cheapest of each tier' {
            (Get-NBPrice).Where{ $_.IsCheapest }.ForEach{ "$($_.Resolution) $($_.Provider)" } | Sort-Object -Unique |
                Should -Be '0.5K ApiDot', '1K ApiMaster', '2K ApiMaster', '4K ApiMaster'
        }
    }

    Context '-Provider' {
        It 'takes wildcards, lists and any case' {
            (Get-NBPrice Api*).Provider | Sort-Object -Unique | Should -Be 'ApiDot', 'Apiframe', 'ApiMaster'
            (Get-NBPrice -Provider fal, PROSPOLABS).Provider | Sort-Object -Unique | Should -Be 'Fal', 'Prospolabs'
            Get-NBPrice Z* | Should -BeNullOrEmpty
        }

        It 'takes providers from the pipeline and makes one list of them' {
            (Get-NBProvider Fal, ApiDot | Get-NBPrice -Resolution 1K).Provider | Select-Object -Unique | Should -Be 'ApiDot', 'Fal'
            ('Fal', 'ApiDot' | Get-NBPrice -Resolution 1K).Where{ $_.IsCheapest }.Provider | Should -Be 'ApiDot'
        }

        It 'refuses an unknown one in words and lists the others' {
            $prices = Get-NBPrice Nope, Fal -ErrorVariable failed -ErrorAction SilentlyContinue
            $prices | Should -HaveCount 8
            $failed[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
            $failed[0].Exception.Message | Should -BeLike '*Fal, ApiDot, Apiframe, ApiMaster, Prospolabs*'
        }
    }

    Context '-Model' {
        It 'takes wildcards' {
            (Get-NBPrice -Model gemini*).Provider | Select-Object -Unique | Should -Be 'ApiMaster'
            (Get-NBPrice Fal -Model *preview*).Model | Select-Object -Unique | Should -Be 'fal-ai/gemini-3.1-flash-image-preview'
        }

        It 'says nothing of providers that do not have it' {
            (Get-NBPrice Fal, ApiMaster -Model gemini-3.1-flash-image -ErrorAction Stop).Provider | Select-Object -Unique | Should -Be 'ApiMaster'
        }

        It 'refuses one that nobody has' {
            Get-ErrorOf { Get-NBPrice -Model nope } | Should -HaveCount 1
            (Get-ErrorOf { Get-NBPrice Fal -Model nope })[0].Exception.Message | Should -BeLike '*Known are fal-ai/nano-banana-2*'
        }

        It 'lists the edit model of APIDot for edits only' {
            (Get-NBPrice ApiDot).Model | Select-Object -Unique | Should -Be 'nano-banana-2'
            (Get-NBPrice ApiDot -Model *edit -Operation Edit) | Should -HaveCount 4
        }
    }

    Context '-Resolution' {
        It 'takes one or several' {
            (Get-NBPrice Fal -Resolution 2k, 4K).Resolution | Sort-Object -Unique | Should -Be '2K', '4K'
        }

        It 'refuses a word that there is not' {
            (Get-ErrorOf { Get-NBPrice -Resolution 8K })[0].Exception.Message | Should -Be "'8K' is no -Resolution. Choose one of: 0.5K, 1K, 2K, 4K."
        }
    }

    Context '-Count' {
        It 'multiplies, exactly and beyond one request' {
            $price = Get-NBPrice ApiDot -Resolution 4K -Count 250
            $price.Count | Should -Be 250
            $price.Total | Should -Be 25
            $price.Total | Should -BeOfType ([decimal])
            $price.Credits | Should -Be 5000
        }

        It 'refuses <_>' -ForEach 0, -1 {
            (Get-ErrorOf { Get-NBPrice -Count $_ })[0].FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
        }
    }

    Context 'extras' {
        It '-WebSearch and -ThinkingLevel come on top at fal' {
            (Get-NBPrice Fal -Model *banana* -Resolution 1K -WebSearch).UnitPrice | Should -Be 0.095
            (Get-NBPrice Fal -Model *banana* -Resolution 1K -ThinkingLevel High).UnitPrice | Should -Be 0.082
            (Get-NBPrice Fal -Model *banana* -Resolution 4K -ThinkingLevel High -WebSearch -Count 4).Total | Should -Be 0.708
        }

        It 'lists only those who can' {
            (Get-NBPrice -ThinkingLevel Minimal).Provider | Select-Object -Unique | Should -Be 'Fal'
            (Get-NBPrice -WebSearch).Provider | Should -Not -Contain 'ApiMaster'
            (Get-ErrorOf { Get-NBPrice ApiDot -ThinkingLevel High })[0].Exception.Message | Should -BeLike '*takes no -ThinkingLevel (Fal does)*'
            Get-NBPrice -ThinkingLevel High -Verbose 4>&1 | Out-String | Should -BeLike '*ApiDot takes no -ThinkingLevel*'
        }

        It 'refuses words that there are not' {
            (Get-ErrorOf { Get-NBPrice -ThinkingLevel Deep })[0].Exception.Message | Should -BeLike '*Minimal*High*'
            (Get-ErrorOf { Get-NBPrice -Operation Paint })[0].Exception.Message | Should -BeLike '*Generate*Edit*'
        }
    }

    Context '-Live' {
        It 'asks the sandbox of this process with -Sandbox' {
            $prices = Get-NBPrice -Live -Sandbox -WarningVariable warnings

            $warnings | Should -BeNullOrEmpty
            $prices.Where{ $_.IsLive }.Provider | Sort-Object -Unique | Should -Be 'Apiframe', 'Fal'
            $prices.Where{ $_.Provider -eq 'Apiframe' }.CreditRange | Should -Be '8-20', '8-20', '8-20', '8-20'
            $prices.Where{ $_.Provider -eq 'Fal' -and $_.Resolution -eq '2K' }.Confidence | Should -Be 'Inferred', 'Inferred'
        }

        It 'asks over a socket, with -ApiKey' {
            $sandbox = Open-Sandbox
            try {
                $env:NB_FAL_BASEURI = "$($sandbox.Uri)/fal"
                $key = ConvertTo-SecureString 'canary-live-55' -AsPlainText -Force
                $prices = Get-NBPrice Fal -Live -ApiKey $key -Verbose -Debug 4>&1 5>&1
                $prices.Where{ $_ -is [NanoBanana.NBPrice] }.IsLive | Sort-Object -Unique | Should -Be $true
                $prices | Out-String | Should -Not -Match 'canary'
                (Get-SandboxLedger $sandbox).accepted | Should -Be 0
            }
            finally { Close-Sandbox $sandbox }
        }

        It 'falls back to the table with a warning' {
            $env:NB_FAL_BASEURI = 'http://127.0.0.1:1/fal'
            $env:FAL_KEY = 'canary-live-56'
            $prices = Get-NBPrice Fal -Model *banana* -Live -WarningVariable warnings -WarningAction SilentlyContinue

            $prices.IsLive | Sort-Object -Unique | Should -Be $false
            $prices.Where{ $_.Resolution -eq '1K' }.UnitPrice | Should -Be 0.08
            "$warnings" | Should -BeLike '*that of the table*'
            "$warnings" | Should -Not -Match 'canary'
        }

        It 'falls back without a key too' {
            $prices = Get-NBPrice Fal -Resolution 1K -Live -WarningVariable warnings -WarningAction SilentlyContinue
            $prices | Should -HaveCount 2
            "$warnings" | Should -BeLike '*FAL_KEY*'
        }

        It 'takes the key from the vault that is named, and from no other place' {
            if ($skip) { Set-ItResult -Skipped -Because $skip; return }
            $sandbox = Open-Sandbox
            try {
                $place = New-VaultHome
                $told = Invoke-AtHome $place {
                    Set-NBCredential Fal (ConvertTo-Key 'canary-live-57')
                    (Get-NBPrice Fal -Live -Resolution 1K -Vault Store).IsLive
                    (Get-NBPrice Fal -Live -Resolution 1K -Vault Nope).IsLive
                } -Environment @{ NB_FAL_BASEURI = "$($sandbox.Uri)/fal"; FAL_KEY = 'canary-of-environment' }
                $told | Where-Object { $_ -is [bool] } | Should -Be $true, $true, $false, $false
                "$((Select-With $told Warning).Warning)" | Should -BeLike "*no vault 'Nope'*"
            }
            finally {
                Close-OtherPwsh $TestDrive
                Close-Sandbox $sandbox
            }
        }

        It 'says when there is nobody to ask' {
            $null = Get-NBPrice ApiDot -Live -Sandbox -WarningVariable warnings -WarningAction SilentlyContinue
            "$warnings" | Should -BeLike '*none of these providers has a price list*'
        }
    }

    Context 'NB_PRICES' {
        It 'is laid over the table' {
            $env:NB_PRICES = Join-Path $TestDrive 'mine.json'
            '{ "asOf": "2020-01-01", "prices": [ { "provider": "Fal", "model": "fal-ai/nano-banana-2", "resolution": "1K", "amount": 0.04 } ] }' | Set-Content $env:NB_PRICES
            $price = Get-NBPrice Fal -Model *banana* -Resolution 1K -WarningVariable warnings -WarningAction SilentlyContinue

            $price.UnitPrice | Should -Be 0.04
            $price.SavingPercent | Should -Be 50
            $price.Source | Should -Be 'price file mine.json'
            $price.IsOld | Should -BeTrue
            $price.Age | Should -Match '^\d{4} days old$'
            "$warnings" | Should -BeLike '*1 of 1 prices are older than 90 days*'
            New-NBImage a -Sandbox -WhatIf -OutDirectory $TestDrive
        }

        It 'is refused with its line and field where it is wrong' {
            $env:NB_PRICES = Join-Path $TestDrive 'wrong.json'
            "{ `"asOf`": `"2026-11-21`",`n `"prices`": [`n { `"provider`": `"Fal`", `"model`": `"m`", `"resolution`": `"1K`", `"amount`": `"free`" } ] }" | Set-Content $env:NB_PRICES
            foreach ($command in { Get-NBPrice }, { Get-NBPrice -Live -Sandbox }, { New-NBImage a -Sandbox -OutDirectory $TestDrive }) {
                $record = @(Get-ErrorOf $command)[0]
                $record.FullyQualifiedErrorId | Should -BeLike 'InvalidRequest,*'
                $record.Exception.Message | Should -BeLike '*wrong.json*line 3, prices`[0`].amount: US dollars are expected as a number*'
            }
        }

        It 'must be there' {
            $env:NB_PRICES = Join-Path $TestDrive 'none.json'
            (Get-ErrorOf { Get-NBPrice })[0].Exception.Message | Should -BeLike '*none.json*cannot be read*'
        }
    }

    Context 'the table people read' {
        It 'has its columns and fits 120 of them' {
            $lines = Get-Lines (Get-NBPrice -Count 250)
            ($lines | Where-Object { $_ -match '^Provider' }) -split '\s+' | Where-Object { $_ } |
                Should -Be 'Provider', 'Model', 'Resolution', 'UnitPrice', 'Count', 'Total', 'Credits', 'Saving', 'AsOf', 'Confidence'
            ($lines | Measure-Object Length -Maximum).Maximum | Should -BeLessOrEqual 120
            $lines | Where-Object { $_ -match '^ApiDot\s+nano-banana-2\s+4K\s+0\.10\s+250\s+25\.00\s+5000\s+37\.5 %\s+\S.*Documented' } | Should -HaveCount 1
            $lines | Where-Object { $_ -match '^Apiframe\s+nano-banana-2\s+4K\s+250\s+\S.*Unknown' } | Should -HaveCount 1
        }

        It 'leaves out the columns on the right where 80 must do' {
            $lines = Get-Lines (Get-NBPrice ApiMaster -Resolution 4K) 80
            $lines | Where-Object { $_ -match '^ApiMaster\s+gemini-3.1-flash-image-preview\s+4K\s+0\.075\s+1\s+0\.075' } | Should -HaveCount 1
        }

        It 'shows nothing where nothing is known' {
            Get-Lines (Get-NBPrice Apiframe -Resolution 4K) | Where-Object { $_ -match '%' } | Should -BeNullOrEmpty
        }

        It 'says what is live' {
            Get-Lines (Get-NBPrice Fal -Live -Sandbox -Resolution 1K) | Where-Object { $_ -match '^Fal.*\slive\s+Documented' } | Should -HaveCount 2
        }
    }

    Context 'completion' {
        It '<Line> offers <Expected>' -ForEach @(
            @{ Line = 'Get-NBPrice '; Expected = 'Fal', 'ApiDot', 'Apiframe', 'ApiMaster', 'Prospolabs' }
            @{ Line = 'Get-NBPrice -Provider Prospolabs -Resolution '; Expected = '1K', '2K', '4K' }
            @{ Line = 'Get-NBPrice -Provider ApiMaster -Model '; Expected = 'gemini-3.1-flash-image-preview', 'gemini-3.1-flash-image' }
            @{ Line = 'Get-NBPrice -Operation '; Expected = 'Edit', 'Generate' }
            @{ Line = 'Get-NBPrice -ThinkingLevel '; Expected = 'High', 'Minimal' }
        ) {
            Get-Completion $Line | Sort-Object | Should -Be ($Expected | Sort-Object)
        }
    }
}
