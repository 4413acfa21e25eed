package specconv

const unsupportedText = "not supported by this version of tare"

// unsupported refuses the fields of the specification that tare does not act
// on. Nothing of a config is ignored: an empty value asks for nothing and is fine.
func (v *validation) unsupported() {
	s := v.spec
	for _, f := range [...]struct {
		pointer string
		used    bool
	}{
		{"/solaris", s.Solaris != nil},
		{"/windows", s.Windows != nil},
		{"/vm", s.VM != nil},
		{"/zos", s.ZOS != nil},
		{"/freebsd", s.FreeBSD != nil},
	} {
		if f.used {
			v.fault(f.pointer, unsupportedText)
		}
	}
}
