package specconv

import (
	"strings"
	"testing"
)

var labelFaults = []faultCase{
	{process(`"apparmorProfile": "a\u0000", "selinuxLabel": "b\u0000"`), []string{
		`/process/apparmorProfile: AppArmor is not enabled on this host`, `/process/apparmorProfile: has a NUL in it`,
		`/process/selinuxLabel: SELinux is not enabled on this host`, `/process/selinuxLabel: has a NUL in it`,
	}},
	{linux(`"mountLabel": "a\u0000"`), []string{`/linux/mountLabel: SELinux is not enabled on this host`, `/linux/mountLabel: has a NUL in it`}},
}

func TestLabelsOfAHostThatHasThem(t *testing.T) {
	facts := pinned(t, `{"appArmor": true, "selinux": true}`)
	refuses(t, faultCase{linux(`"mountLabel": "a\"b"`), []string{`/linux/mountLabel: has a quotation mark in it`}}, facts)
	refuses(t, faultCase{linux(`"mountLabel": "` + strings.Repeat("a", 256) + `"`), []string{
		`/linux/mountLabel: is longer than the 255 bytes that fsconfig(2) takes`,
	}}, facts)
	// One module is not the other.
	refuses(t, faultCase{process(`"apparmorProfile": "a"`), []string{`/process/apparmorProfile: AppArmor is not enabled on this host`}}, pinned(t, `{"selinux": true}`))
	refuses(t, faultCase{process(`"selinuxLabel": "a"`), []string{`/process/selinuxLabel: SELinux is not enabled on this host`}}, pinned(t, `{"appArmor": true}`))
	compiled(t, patched(t, linux(`"mountLabel": "`+strings.Repeat("a", 255)+`"`)), facts, defaultOptions())
}

func TestQuotationMarksOfContexts(t *testing.T) {
	for word, want := range map[string][2]string{
		`context="a,b"`:   {`context=a,b`, `context="a,b"`},
		`context=a,b`:     {`context=a,b`, `context="a,b"`},
		`rootcontext="`:   {`rootcontext="`, `rootcontext="`},
		`defcontext=""`:   {`defcontext=`, `defcontext=""`},
		`xcontext="a,b"`:  {`xcontext="a,b"`, `xcontext="a,b"`},
		`lowerdir="a"`:    {`lowerdir="a"`, `lowerdir="a"`},
		`fscontext`:       {`fscontext`, `fscontext`},
		`fscontext="a"=b`: {`fscontext="a"=b`, `fscontext="a"=b`},
	} {
		list := []string{"ro", word}
		if got := unquoted(list); got[0] != "ro" || got[1] != want[0] {
			t.Errorf("%s for fsconfig: %q", word, got)
		}
		if list[1] != word {
			t.Errorf("%s was changed where it was", word)
		}
		if got := quoted(list); got != "ro,"+want[1] {
			t.Errorf("%s for mount: %q", word, got)
		}
	}
}
