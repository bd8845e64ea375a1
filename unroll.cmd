@echo off
setlocal
rem Builds Unroll on first use, then runs it with all arguments. After changing sources: dotnet build src\Unroll.Cli -c Release
set "program=%~dp0src\Unroll.Cli\bin\Release\net10.0\Unroll.Cli.dll"
where dotnet >nul 2>nul
if errorlevel 1 (
    echo unroll: the .NET 10 SDK is missing: no dotnet on the PATH; install it from https://dot.net 1>&2
    exit /b 70
)
if not exist "%program%" (
    echo building Unroll ^(first use^) ... 1>&2
    dotnet build "%~dp0src\Unroll.Cli" -c Release --nologo -v quiet 1>&2
    if errorlevel 1 (
        echo unroll: the build failed 1>&2
        exit /b 70
    )
)
dotnet "%program%" %*
exit /b %errorlevel%
