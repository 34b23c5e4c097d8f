# Completion of kith for fish: commands, then the options that `kith COMMAND --help` lists, and files.
function __kith_options
    set -l words (commandline -opc)
    kith $words[2] --help 2>/dev/null | string match -rg '^  (?:-h, )?(--?[a-z][a-z0-9-]*)'
end
complete -c kith -n __fish_use_subcommand -f -a "add search ask chat embed chunk files watch get rm stats collections conversations check backup restore export import serve stop key model reembed eval estimate demo help version"
complete -c kith -n "not __fish_use_subcommand; and string match -q -- '-*' (commandline -ct)" -f -a "(__kith_options)"
