package specjson

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestReplace(t *testing.T) {
	for _, c := range []struct{ data, want string }{
		{` {"a": 1, "linux" : {"x":[1,{"resources":2}], "resources" : {"y": "}"} , "z":3} , "b":2 } `, ` {"a": 1, "linux" : {"x":[1,{"resources":2}], "resources" : {"new":1} , "z":3} , "b":2 } `},
		{`{"linux":{"resources":null}}`, `{"linux":{"resources":{"new":1}}}`},
		{`{"linux":{"x":1 }}`, `{"linux":{"x":1,"resources":{"new":1} }}`},
		{`{"linux":{ }}`, `{"linux":{ "resources":{"new":1}}}`},
		{`{"linux":null}`, `{"linux":{"resources":{"new":1}}}`},
		{`{"a":[{}]}`, `{"a":[{}],"linux":{"resources":{"new":1}}}`},
		{`{}`, `{"linux":{"resources":{"new":1}}}`},
		{`null`, `{"linux":{"resources":{"new":1}}}`},
		// As the decoder has it: the last counts, in any case.
		{`{"linux":{"resources":1,"Resources":2}}`, `{"linux":{"resources":1,"Resources":{"new":1}}}`},
	} {
		got, err := Replace([]byte(c.data), []string{"linux", "resources"}, []byte(`{"new":1}`))
		if err != nil || string(got) != c.want {
			t.Errorf("%s\n got %s, %v\nwant %s", c.data, got, err, c.want)
		}
		if !json.Valid(got) {
			t.Errorf("%s is no JSON", got)
		}
	}
	for _, data := range []string{``, `{`, `{"linux":}`, `[]`, `{"linux":1}`, `{} x`} {
		if got, err := Replace([]byte(data), []string{"linux", "resources"}, []byte(`{}`)); err == nil || strings.Contains(err.Error(), "BUG") {
			t.Errorf("%q became %s, %v", data, got, err)
		}
	}
}
