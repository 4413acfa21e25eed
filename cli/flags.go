package cli

import (
	"errors"
	"flag"
	"strings"

	"github.com/urfave/cli/v2"
)

// positional gives the arguments that are no flags. Flags behind them, at which
// the library stops reading, are set like those before: runc takes them anywhere.
func positional(c *cli.Context) (words []string, err error) {
	args := c.Args().Slice()
	if len(args) > 0 && strings.HasPrefix(args[0], "-") {
		return args, nil // a -- stood before it
	}
	for i := 0; i < len(args); i++ {
		name := strings.TrimPrefix(strings.TrimPrefix(args[i], "-"), "-")
		if name == args[i] || name == "" {
			words = append(words, args[i])
			continue
		}
		name, value, given := strings.Cut(name, "=")
		f := flagNamed(c.Command.Flags, name)
		if f == nil || f == cli.HelpFlag {
			return nil, errors.New("flag provided but not defined: -" + name)
		}
		if _, is := f.(*boolFlag); is && !given {
			value, given = "true", true
		}
		if !given {
			if i++; i == len(args) {
				return nil, errors.New("flag needs an argument: -" + name)
			}
			value = args[i]
		}
		for _, n := range f.Names() {
			if err := c.Set(n, value); err != nil {
				return nil, errors.New("--" + name + ": " + err.Error())
			}
		}
	}
	return words, nil
}

func flagNamed(flags []cli.Flag, name string) cli.Flag {
	for _, f := range flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}

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
