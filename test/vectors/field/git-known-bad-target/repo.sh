# made PATH: v1.0.0, then v1.1.0 (HEAD). mended PATH: back on main, fixed forward as v1.2.0, whose history contains v1.1.0
set -eu; export GIT_AUTHOR_NAME=t GIT_AUTHOR_EMAIL=t@example.com GIT_COMMITTER_NAME=t GIT_COMMITTER_EMAIL=t@example.com GIT_CONFIG_GLOBAL=/dev/null
case "$1" in
made) git init -q -b main "$2"; cd "$2"; for v in 0 1; do echo "a=$v" > service.conf; git add -A; git commit -qm "set $v"; git tag "v1.$v.0"; done ;;
mended) cd "$2"; git checkout -q main; echo a=2 > service.conf; git commit -qam 'set 2'; git tag v1.2.0 ;;
esac
