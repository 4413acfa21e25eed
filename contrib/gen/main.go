// Command gen writes tare's manual pages and shell completions from the command
// line's own table, so that they name each flag that there is and no other.
// What a verb does in prose is in contrib/man/VERB.mdoc. Nothing of it is in tare itself.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/tare-oci/tare/cli"
)

//go:generate go run . ..

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen CONTRIB-DIRECTORY")
		os.Exit(2)
	}
	files, err := generate(os.Args[1])
	for name, content := range files {
		if err == nil {
			err = os.WriteFile(filepath.Join(os.Args[1], name), []byte(content), 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

// generate makes every file, by its name below contrib.
func generate(contrib string) (map[string]string, error) {
	tool := readTool(cli.Reference())
	files := map[string]string{
		"completions/tare.bash": bash(tool),
		"completions/_tare":     zsh(tool),
		"completions/tare.fish": fish(tool),
	}
	for _, v := range append([]verb{tool.main}, tool.verbs...) {
		page, err := manual(contrib, tool, v)
		if err != nil {
			return nil, err
		}
		files["man/"+v.page()+".8"] = page
	}
	return files, nil
}
