#!/bin/sh
# The tasks of build.ps1 for a machine that may have only the .NET SDK:  ./build.sh demo|test|build|bench
# With PowerShell (pwsh on the PATH, or as a local tool) everything is left to build.ps1. NB_NO_PWSH=1 does without it.
set -eu
cd "$(dirname "$0")"
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
export MSBUILDDISABLENODEREUSE=1 # No process of the build outlives it.

results=out/test-results
suites='NanoBanana.Engine.Tests NanoBanana.Sandbox.Tests NanoBanana.Acceptance'

usage() {
    echo 'usage: ./build.sh demo|test|build|bench|clean|format'
    exit 2
}

# A restore over a slow or absent network must not hold up what needs no PowerShell at all.
restore_tools() {
    if command -v timeout >/dev/null 2>&1; then
        timeout 90 dotnet tool restore >/dev/null 2>&1
    else
        dotnet tool restore >/dev/null 2>&1
    fi
}

find_pwsh() {
    [ "${NB_NO_PWSH:-}" = 1 ] && return 1
    if command -v pwsh >/dev/null 2>&1; then
        pwsh='pwsh'
    elif restore_tools && dotnet tool run pwsh -- -NoProfile -Command 'exit 0' >/dev/null 2>&1; then
        pwsh='dotnet tool run pwsh --'
    else
        return 1
    fi
}

build_module() {
    dotnet msbuild tools/Module.proj -restore -nologo -verbosity:minimal
}

build_all() {
    dotnet build NanoBanana.PowerShell.sln -c Release -nologo -verbosity:quiet
}

# One line for the summary: outcome, name, text; none of the texts below holds a quote or a backslash.
note() {
    printf '{"outcome":"%s","test":"%s","text":"%s"}\n' "$1" "$2" "$3" >>"$results/results.txt"
}

run_tests() {
    rm -rf "$results"
    mkdir -p "$results"
    NB_TEST_SKIPS="$(pwd)/$results/skips.txt"
    export NB_TEST_SKIPS
    build_all || note failed 'build' 'NanoBanana.PowerShell.sln does not build; see above'
    build_module || note failed 'build' 'the module cannot be laid out; see above'
    for suite in $suites; do
        # A failed test is counted below, out of the results; here it must not end the run.
        dotnet test "tests/$suite" -c Release --no-build -nologo --verbosity quiet --logger "trx;LogFileName=$suite.trx" \
            --results-directory "$results" --blame-hang --blame-hang-timeout 10m --blame-hang-dump-type none || true
    done
    note skipped 'NanoBanana.PowerShell.Tests (Pester)' 'there is no PowerShell on this machine'
    dotnet run --project tools/NanoBanana.TestSummary -c Release -- "$results" $suites
}

[ $# -eq 1 ] || usage
task=$1
case $task in
    demo | test | build | bench | clean | format) ;;
    *) usage ;;
esac

if ! command -v dotnet >/dev/null 2>&1; then
    echo 'build.sh needs the .NET SDK 10 or later: https://dot.net' >&2
    exit 1
fi

if find_pwsh; then
    exec $pwsh -NoProfile -File ./build.ps1 "$task"
fi

echo "No PowerShell here: '$task' goes on with the .NET SDK alone."
case $task in
    build) build_module ;;
    test) run_tests ;;
    demo) dotnet run --project docs/examples -c Release -- out/demo ;;
    bench) dotnet run --project tests/NanoBanana.Benchmarks -c Release ;;
    format) dotnet format NanoBanana.PowerShell.sln --verify-no-changes ;;
    clean) rm -rf out && find src tests docs tools \( -name bin -o -name obj \) -type d -prune -exec rm -rf {} + ;;
esac
