#!/bin/sh
# Installer of @TITLE@, made by Parity. Run it as a file: `sh FILE`, with -h for its options.
size=@SIZE@ sha256=@SHA256@
if [ ! -f "$0" ]; then echo "ERROR: an installer is a file: download it, then run: sh FILE" >&2 && exit 1; fi
has=$(wc -c <"$0" | tr -d ' ') && if [ "$has" != "$size" ]; then
    echo "ERROR: $0 is cut off or altered: it has $has bytes and should have $size." >&2
    echo "Nothing was installed. Fetch it again." >&2
    exit 1
fi
name=@NAME@ version=@VERSION@ directory=@DIRECTORY@ is_root=@ROOT@
system=@SYSTEM@ machine=@MACHINE@ glibc=@GLIBC@ room=@ROOM@ start=@START@
unset LD_LIBRARY_PATH PYTHONHOME PYTHONPATH CONDA_PREFIX PARITY_ROOT MAMBA_ROOT_PREFIX
file=$0 stage='' fresh='' prefix=''

usage() {
    cat <<END
usage: $file [options]

Installs $name $version, without a network.

-b           batch mode: no questions, the licences are taken as accepted
-f           install into a directory that exists, whatever is in it
-h           print this and exit
-k           keep the package cache (nothing is put into it, and nothing taken from it)
-m           no menu items (none are made in any case)
-p PREFIX    where to install; $prefix if not given
-s           do not run the link scripts of packages
-t           test the installation: every file, and what can be started
-u           update an existing installation; what else is in it stays
END
    if [ -n "$is_root" ]; then echo "-c           with -b: run \`conda init\` afterwards"; fi
}

licence() {
    cat <<'PARITY-END-OF-LICENCES'
@LICENCE@
PARITY-END-OF-LICENCES
}

fail() {
    printf 'ERROR: %s\n' "$@" >&2
    exit 1
}

clean_up() {
    if [ -n "$stage" ]; then rm -rf -- "$stage"; fi
    if [ -n "$fresh" ]; then rm -rf -- "$fresh"; fi
}

# The answer to a question; the end of what is read is none.
ask() {
    printf '%s' "$1"
    if ! read -r answer; then
        echo
        fail "no answer was given, nothing was installed; -b asks nothing"
    fi
}

ask_yes() {
    ask "$1"
    while :; do
        case $answer in
            [Yy] | [Yy][Ee][Ss]) return 0 ;;
            [Nn] | [Nn][Oo]) return 1 ;;
            '') if [ -n "${2:-}" ]; then return 1; fi ;;
        esac
        ask "Please answer yes or no: "
    done
}

show_licence() {
    ask "Welcome to $name $version

To go on, please read the licences.
Press ENTER to see them: "
    if [ -t 0 ] && [ -t 1 ] && command -v more >/dev/null; then licence | more; else licence; fi
    echo
    ask_yes "Do you accept the licence terms? [yes|no] " || fail "the licences were not accepted, nothing was installed"
}

ask_prefix() {
    ask "
$name will be installed here:
$prefix

  - ENTER installs it there
  - Ctrl-C ends this
  - or write another place

[$prefix] >>> "
    if [ -n "$answer" ]; then prefix=$answer; fi
}

check_machine() {
    found=$(uname -s)/$(uname -m)
    case $found in
        Linux/amd64) found=Linux/x86_64 ;;
        Linux/arm64) found=Linux/aarch64 ;;
    esac
    if [ "$found" != "$system/$machine" ]; then
        fail "this installer is for $system on $machine, and this machine is $found"
    fi
    if [ -n "$glibc" ] && here=$(getconf GNU_LIBC_VERSION 2>/dev/null); then
        here=${here#glibc }
        minor=${here#*.}
        if [ "${minor%%.*}" -lt "${glibc#*.}" ]; then
            fail "this needs the C library glibc $glibc or later, and here is $here"
        fi
    fi
}

check_prefix() {
    case $prefix in
        '~') prefix=${HOME:?} ;;
        '~/'*) prefix=${HOME:?}/${prefix#'~/'} ;;
    esac
    case $prefix in
        /*) ;;
        *) prefix=$PWD/$prefix ;;
    esac
    while [ "$prefix" != / ] && [ "${prefix%/}" != "$prefix" ]; do prefix=${prefix%/}; done
    case $prefix in
        / | */../* | */.. | */./* | */.) fail "cannot install into $prefix: write the whole path, without . and .." ;;
        *[\'\"\`\$\\:]* | *'
'*) fail "cannot install into $prefix: quotes, \$, \\, : and line breaks cannot stand in scripts and in PATH" ;;
    esac
    if [ ! -e "$prefix" ] && [ ! -h "$prefix" ]; then return; fi
    if [ -z "$force$update" ]; then
        fail "File or directory already exists: '$prefix'" "-u updates an installation, -f installs into any directory"
    fi
    if [ ! -d "$prefix" ]; then fail "$prefix is not a directory"; fi
    if [ ! -w "$prefix" ]; then fail "$prefix cannot be written"; fi
    if [ -z "$force" ] && [ ! -d "$prefix/conda-meta" ] && [ -n "$(ls -A -- "$prefix")" ]; then
        fail "$prefix is no installation that could be updated; -f installs into any directory"
    fi
}

check_file() {
    if command -v sha256sum >/dev/null; then
        found=$(tail -n +4 -- "$file" | sha256sum)
    elif command -v shasum >/dev/null; then
        found=$(tail -n +4 -- "$file" | shasum -a 256)
    else
        payload | gzip -t || fail "$file is damaged, nothing was installed; fetch it again"
        return
    fi
    if [ "${found%% *}" != "$sha256" ]; then
        fail "$file is altered: its SHA-256 is ${found%% *} and should be $sha256" "Nothing was installed. Fetch it again."
    fi
}

payload() { tail -c +"$start" -- "$file"; }

check_room() {
    place=$prefix
    while [ ! -d "$place" ]; do place=$(dirname -- "$place"); done
    free=$(df -Pk -- "$place" 2>/dev/null | awk 'NR == 2 { print $4 }' 2>/dev/null)
    case $free in
        '' | *[!0-9]*) return ;;
    esac
    if [ "$free" -lt "$room" ]; then
        fail "$((room / 1000)) MB are needed below $place, and $((free / 1000)) MB are free; nothing was installed"
    fi
}

unpack() {
    if [ -d "$prefix" ]; then
        into=$prefix/.parity-tmp-$$
    else
        mkdir -p -- "$(dirname -- "$prefix")" || fail "cannot make the directory $(dirname -- "$prefix")"
        into=$prefix.parity-tmp-$$
    fi
    mkdir -- "$into" || fail "cannot write beside $prefix"
    stage=$into
    # Times are those of the installation: tools that make archives refuse the year 1970.
    payload | tar -xzmf - -C "$stage" || fail "cannot unpack into $stage: see above; nothing was installed"
    "$stage/bin/python" -I -S -c '' || fail "the programs in it do not start here${glibc:+; they need glibc $glibc}"
}

place() { "$1/bin/python" -I -S -B "$1/conda-meta/parity-pack/place.py" "$2" "$1" "$prefix"; }

install() {
    if [ -d "$prefix" ]; then
        place "$stage" merge || fail "the installation is not complete: run this again with -u"
    else
        place "$stage" move || fail "nothing was installed"
        stage='' fresh=$prefix
    fi
    if [ -n "$is_root" ]; then
        PARITY_ROOT=$prefix "$prefix/bin/python" -I -m parity shim install --force --quiet >/dev/null ||
            fail "cannot make the commands conda, mamba and micromamba"
    fi
    if [ -n "$scripts" ]; then place "$prefix" link || fail "a link script failed; -s installs without them"; fi
    place "$prefix" register
    fresh=''
}

test_it() {
    place "$prefix" check || fail "the installation is damaged"
    if [ -n "$is_root" ]; then
        for program in parity conda mamba micromamba; do
            "$prefix/bin/$program" --version >/dev/null || fail "$program does not start"
        done
    fi
}

main() {
    batch='' force='' update='' scripts=yes tests='' init=''
    prefix=${HOME:-/opt}/$directory
    while getopts bcfhkmp:stu option; do
        case $option in
            b) batch=yes ;;
            c) init=yes ;;
            f) force=yes ;;
            h) usage && exit 0 ;;
            k | m) ;;
            p) prefix=$OPTARG ;;
            s) scripts='' ;;
            t) tests=yes ;;
            u) update=yes ;;
            *) usage >&2 && exit 2 ;;
        esac
    done
    shift $((OPTIND - 1))
    if [ "$#" -gt 0 ]; then fail "$1 is no option; -h lists them"; fi
    trap clean_up EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    check_machine
    if [ -z "$batch" ]; then
        show_licence
        ask_prefix
    fi
    check_prefix
    check_file
    check_room
    echo "PREFIX=$prefix"
    unpack
    install
    if [ -n "$tests" ]; then test_it; fi
    echo "$name $version is installed."
    if [ -z "$is_root" ]; then
        echo "To enter it: . '$prefix/activate'"
    elif [ -n "$batch$init" ]; then
        if [ -n "$init" ]; then "$prefix/bin/conda" init || exit 1; fi
    elif ask_yes "Shall every new shell know the command conda (\`conda init\`)? [yes|no, ENTER for no] " no; then
        "$prefix/bin/conda" init || exit 1
    else
        echo "To do it later: $prefix/bin/conda init"
    fi
    echo "To remove it: sh '$prefix/uninstall.sh'"
}

main "$@"
exit
