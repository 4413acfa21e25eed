package seccompspec

import "github.com/opencontainers/runtime-spec/specs-go"

var operators = [...]specs.LinuxSeccompOperator{
	specs.OpEqualTo, specs.OpGreaterEqual, specs.OpGreaterThan, specs.OpLessEqual,
	specs.OpLessThan, specs.OpMaskedEqual, specs.OpNotEqual,
}

// KnownOperator says whether name is an operator on an argument.
func KnownOperator(name specs.LinuxSeccompOperator) bool {
	for _, known := range operators {
		if name == known {
			return true
		}
	}
	return false
}

// Operators lists the names of all operators, for the features verb.
func Operators() []string {
	names := make([]string, 0, len(operators))
	for _, name := range operators {
		names = append(names, string(name))
	}
	return names
}
