# A private apt per Debian suite, in the cache: it resolves and downloads packages
# of other suites and never touches the machine's own package lists. The mirror is
# the one that the machine's apt uses. Sourced, after paths.sh. APT_ARCH is the architecture,
# if it isn't amd64; each has an apt of its own.
# shellcheck shell=bash

apt_dir()
{
	echo "$CACHE/apt/$1${APT_ARCH:+.$APT_ARCH}"
}

# The sources.list lines of a suite.
suite_sources()
{
	local suite=$1 main security keyring
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	main=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
		awk '$1 ~ /\/debian\/?$/ && $2 !~ /-(security|updates|backports)/ { print $1; exit }')
	security=$(apt-get indextargets --format '$(SITE) $(RELEASE)' 'Created-By: Packages' |
		awk '$2 ~ /-security$/ { print $1; exit }')
	[ -n "$main" ] || { say "this machine's apt knows no Debian mirror"; return 1; }
	main=${main%/}
	local opt="[check-valid-until=no signed-by=$keyring]"
	echo "deb $opt $main $suite main"
	case $suite in
	sid | unstable | testing) ;;
	*)
		echo "deb $opt $main $suite-updates main"
		echo "deb $opt ${security:-$main-security} $suite-security main"
		;;
	esac
}

# suite_apt SUITE apt-get|apt-cache ARGS...
suite_apt()
{
	local suite=$1 dir arch=${APT_ARCH:-amd64}
	dir=$(apt_dir "$suite")
	shift
	if [ ! -e "$dir/apt.conf" ]; then
		mkdir -p "$dir/state/lists/partial" "$dir/cache/archives/partial" "$dir/none"
		: >"$dir/status"
		cat >"$dir/apt.conf" <<-EOF
		Dir::State "$dir/state";
		Dir::State::status "$dir/status";
		Dir::Cache "$dir/cache";
		Dir::Etc::SourceList "$dir/sources.list";
		Dir::Etc::SourceParts "$dir/none";
		Dir::Etc::Preferences "$dir/none/preferences";
		Dir::Etc::PreferencesParts "$dir/none";
		APT::Architecture "$arch";
		APT::Architectures { "$arch"; };
		APT::Sandbox::User "root";
		Acquire::Languages "none";
		EOF
	fi
	APT_CONFIG=$dir/apt.conf "$@"
}

# Refresh the package lists of a suite.
suite_update()
{
	suite_apt "$1" true
	suite_sources "$1" >"$(apt_dir "$1")/sources.list" || return
	suite_apt "$1" apt-get -q=2 -o APT::Update::Error-Mode=any update >&2
}

# suite_download SUITE FOLDER PACKAGE...
suite_download()
{
	local suite=$1 folder=$2
	shift 2
	(cd "$folder" && suite_apt "$suite" apt-get -q=2 download "$@" >&2)
}
