package cli

import (
	"flag"

	"github.com/urfave/cli/v2"
)

// remembering makes flags keep their names. The library's own split them with a
// regular expression whenever they are asked, which is several times for every
// flag of every start. None of tare's is read from the environment or a file,
// so that all there is to applying one is to define it.
func remembering(flags []cli.Flag) []cli.Flag {
	for i, f := range flags {
		switch f := f.(type) {
		case *cli.StringFlag:
			flags[i] = &stringFlag{f, append([]string{f.Name}, f.Aliases...)}
		case *cli.BoolFlag:
			flags[i] = &boolFlag{f, append([]string{f.Name}, f.Aliases...)}
		}
	}
	return flags
}

type stringFlag struct {
	*cli.StringFlag
	names []string
}

func (f *stringFlag) Names() []string { return f.names }

func (f *stringFlag) Apply(set *flag.FlagSet) error {
	for _, name := range f.names {
		set.String(name, f.Value, f.Usage)
	}
	return nil
}

type boolFlag struct {
	*cli.BoolFlag
	names []string
}

func (f *boolFlag) Names() []string { return f.names }

func (f *boolFlag) Apply(set *flag.FlagSet) error {
	for _, name := range f.names {
		set.Bool(name, f.Value, f.Usage)
	}
	return nil
}
