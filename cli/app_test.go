package cli

import (
	"slices"
	"testing"

	"github.com/urfave/cli/v2"
)

func names(app *cli.App) (list []string) {
	for _, command := range app.Commands {
		list = append(list, command.Name)
	}
	return list
}

func TestAStartMakesTheCommandItNeeds(t *testing.T) {
	all := names(Reference())
	for _, name := range all {
		if got := names(newApp(Build{}, []string{"tare", "--root", "/x", name, "id"})); !slices.Equal(got, []string{name}) {
			t.Errorf("%s: made %q", name, got)
		}
	}
	for _, test := range []struct{ args, want []string }{
		{[]string{"tare"}, all},
		{[]string{"tare", "nothing"}, all},
		{[]string{"tare", "--help"}, all},
		{[]string{"tare", "-h", "run"}, all},
		{[]string{"tare", "run", "--help"}, all},
		{[]string{"tare", "--version"}, nil},
		{[]string{"tare", "-v"}, nil},
		{[]string{"tare", "--root", "list", "run"}, []string{"run", "list"}},
		{[]string{"tare", "exec", "id", "program", "-v"}, []string{"exec"}},
	} {
		if got := names(newApp(Build{}, test.args)); !slices.Equal(got, test.want) {
			t.Errorf("%q: made %q, not %q", test.args, got, test.want)
		}
	}
}
