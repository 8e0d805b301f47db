#!/bin/sh
# Runs a task of build.ps1, with the PowerShell on the PATH or one restored from NuGet:  ./build.sh demo|test|build|bench|package
# Without PowerShell (NB_NO_PWSH=1, or nothing to restore it from) demo and test run as far as the .NET SDK alone can take them.
set -eu
cd "$(dirname "$0")"
mkdir -p out
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 MSBUILDDISABLENODEREUSE=1 XDG_CACHE_HOME="$PWD/out/cache"
command -v dotnet >/dev/null 2>&1 || { echo 'build.sh needs the .NET SDK 10 or later: https://dot.net' >&2; exit 1; }
if [ ! -e "${HOME:-}/.nuget/NuGet/NuGet.Config" ]; then
    # .NET was never used here: what it and PowerShell write at first use goes into out/, only packages into the usual cache.
    export NUGET_PACKAGES="${NUGET_PACKAGES:-${HOME:-$PWD/out}/.nuget/packages}" DOTNET_CLI_HOME="${DOTNET_CLI_HOME:-$PWD/out/dotnet}"
    export XDG_DATA_HOME="${XDG_DATA_HOME:-$PWD/out/data}"
fi

why='NB_NO_PWSH is 1'
if [ "${NB_NO_PWSH:-}" != 1 ]; then
    if pwsh -NoProfile -Command 'exit [int]($PSVersionTable.PSVersion -lt [version]"7.4")' 2>/dev/null; then exec pwsh -NoProfile -File ./build.ps1 "$@"; fi
    if dotnet tool restore >out/restore.log 2>&1; then exec dotnet tool run pwsh -- -NoProfile -File ./build.ps1 "$@"; fi
    cat out/restore.log >&2
    why='there is no PowerShell 7.4 here, and it could not be restored (see above)'
fi
case ${1:-} in
    demo) exec dotnet run --project docs/examples -c Release -- out/demo ;;
    test) dotnet build NanoBanana.PowerShell.sln -c Release -nologo -verbosity:quiet || exit 1 ;;
    *) echo "'${1:-build}' needs PowerShell 7.4 or later, but $why." >&2; exit 1 ;;
esac
rm -rf out/test-results
status=0
dotnet test NanoBanana.PowerShell.sln -c Release --no-build -nologo --verbosity quiet --logger trx --results-directory out/test-results || status=1
echo "SKIPPED NanoBanana.PowerShell.Tests (Pester): $why"
grep -ho '<Counters [^>]*' out/test-results/*.trx | tr -d '"' | tr ' ' '\n' | awk -F= '
    /^(total|passed|failed)=/ { sum[$1] += $2 }
    END { printf "%d passed, %d failed, %d skipped\n", sum["passed"], sum["failed"], sum["total"] - sum["passed"] - sum["failed"] + 1 }'
exit $status
