# Completion of kith for bash: commands, the options that `kith COMMAND --help` lists, then files.
_kith() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    if [ "$COMP_CWORD" -eq 1 ]; then
        COMPREPLY=($(compgen -W "add search ask chat embed chunk files watch get rm stats collections conversations check backup restore export import serve stop key model reembed eval estimate demo help version --help --version" -- "$word"))
    elif [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$(kith "$command" --help 2>/dev/null | grep -oE '^  (-h, )?--?[a-z][a-z0-9-]*' | grep -oE -- '--?[a-z][a-z0-9-]*$')" -- "$word"))
    fi
}
complete -o default -F _kith kith
