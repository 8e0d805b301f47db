@{
    RootModule           = 'NanoBanana.PowerShell.dll'
    ModuleVersion        = '0.1.0'
    GUID                 = '8f0c1a52-6e0d-4b8e-9d3f-3c1f6b7a2e94'
    Author               = 'NanoBanana contributors'
    CompanyName          = 'NanoBanana contributors'
    Copyright            = '(c) NanoBanana contributors. MIT licence.'
    Description          = 'Makes and edits pictures with Nano Banana 2 from PowerShell. Never pays twice, never loses a paid picture, and has a sandbox that needs no key and costs nothing.'
    PowerShellVersion    = '7.4'
    CompatiblePSEditions = @('Core')
    FormatsToProcess     = @('NanoBanana.Format.ps1xml')
    CmdletsToExport      = @('New-NBImage', 'Edit-NBImage', 'Get-NBJob', 'Wait-NBJob', 'Receive-NBJob', 'Stop-NBJob', 'Remove-NBJob', 'Get-NBPrice', 'Get-NBUsage', 'Get-NBProvider', 'Set-NBCredential', 'Get-NBCredential', 'Remove-NBCredential', 'Test-NBCredential', 'Get-NBOption', 'Set-NBOption', 'ConvertFrom-NBWebhook')
    FunctionsToExport    = @()
    VariablesToExport    = @()
    AliasesToExport      = @()
    PrivateData          = @{
        PSData = @{
            Tags         = @('AI', 'Image', 'ImageGeneration', 'ImageEditing', 'NanoBanana', 'Gemini', 'fal', 'PSEdition_Core', 'Windows', 'Linux', 'MacOS')
            LicenseUri   = 'https://github.com/nanobanana-powershell/NanoBanana/blob/main/LICENSE'
            ProjectUri   = 'https://github.com/nanobanana-powershell/NanoBanana'
            ReleaseNotes = 'https://github.com/nanobanana-powershell/NanoBanana/blob/main/CHANGELOG.md'
        }
    }
}
