// Command cel-corpus evaluates the expressions of expressions.txt with cel-go, in the environment that Kubernetes gives to
// admission policies, and writes what it found to test/corpus/cel/cases.json. The tests hold our own evaluation against it.
//
// Run it from this folder, with Go installed:
//
//	go run .
//
// expressions.txt has one expression a line. A line "@ name" chooses the variables for those that follow, from inputs.json;
// lines that begin with # are comments. An input with a "review" takes its objects from test/fixtures/reviews.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/common/types"
	"github.com/google/cel-go/common/types/ref"
	"github.com/google/cel-go/common/types/traits"
	"github.com/google/cel-go/ext"

	utiljson "k8s.io/apimachinery/pkg/util/json"
	"k8s.io/apimachinery/pkg/util/version"
	apiservercel "k8s.io/apiserver/pkg/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

const (
	project    = "../.."
	reviews    = project + "/test/fixtures/reviews"
	output     = project + "/test/corpus/cel/cases.json"
	kubernetes = "1.36"
)

// The variables that our expressions can read. Those without a value are null.
var variables = []string{"object", "oldObject", "target", "options", "namespaceObject", "request", "action"}

type input struct {
	Review    string                     `json:"review"`
	Variables map[string]json.RawMessage `json:"variables"`
}

type result struct {
	// Type and Value of what came out, the value as text; a boolean, for instance, is {"bool", "true"}.
	Type  string `json:"type,omitempty"`
	Value string `json:"value,omitempty"`
	// Error is "compile" or "runtime".
	Error string `json:"error,omitempty"`
	// Message is cel-go's own, for the reader.
	Message string `json:"message,omitempty"`
}

type testCase struct {
	Input      string `json:"input"`
	Expression string `json:"expression"`
	Result     result `json:"result"`
}

type corpus struct {
	inputs map[string]map[string]json.RawMessage
	cases  []testCase
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	env, err := newEnvironment()
	if err != nil {
		return err
	}
	inputs, err := readInputs()
	if err != nil {
		return err
	}
	text, err := os.ReadFile("expressions.txt")
	if err != nil {
		return err
	}
	all := corpus{inputs: inputs}
	name := ""
	for _, line := range strings.Split(string(text), "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if chosen, ok := strings.CutPrefix(line, "@ "); ok {
			name = chosen
			if inputs[name] == nil {
				return fmt.Errorf("no input %q", name)
			}
			continue
		}
		found, err := evaluate(env, line, inputs[name])
		if err != nil {
			return fmt.Errorf("%s: %w", line, err)
		}
		all.cases = append(all.cases, testCase{Input: name, Expression: line, Result: found})
	}
	return os.WriteFile(output, all.json(), 0o644)
}

// json writes one input and one case a line, so that a change of one is a change of one line.
func (all corpus) json() []byte {
	inputs := []string{}
	for name, values := range all.inputs {
		inputs = append(inputs, fmt.Sprintf("    %s: %s", line(name), line(values)))
	}
	sort.Strings(inputs)
	cases := []string{}
	for _, one := range all.cases {
		cases = append(cases, "    "+line(one))
	}
	return fmt.Appendf(nil, "{\n  \"kubernetes\": %s,\n  \"inputs\": {\n%s\n  },\n  \"cases\": [\n%s\n  ]\n}\n",
		line(kubernetes), strings.Join(inputs, ",\n"), strings.Join(cases, ",\n"))
}

func line(value any) string {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return strings.TrimSpace(buffer.String())
}

// newEnvironment is what a ValidatingAdmissionPolicy gets, with our variables.
func newEnvironment() (*cel.Env, error) {
	// cel.bind is not part of that environment, and is of ours.
	options := []cel.EnvOption{ext.Bindings()}
	for _, name := range variables[:5] {
		options = append(options, cel.Variable(name, cel.DynType))
	}
	request, action := requestType(), actionType()
	options = append(options, cel.Variable("request", request.CelType()), cel.Variable("action", action.CelType()))
	set, err := environment.MustBaseEnvSet(version.MustParse(kubernetes)).Extend(environment.VersionedOptions{
		IntroducedVersion: version.MajorMinor(1, 0),
		EnvOptions:        options,
		DeclTypes:         []*apiservercel.DeclType{request, action},
	})
	if err != nil {
		return nil, err
	}
	return set.Env(environment.NewExpressions)
}

func field(name string, of *apiservercel.DeclType) *apiservercel.DeclField {
	return apiservercel.NewDeclField(name, of, false, nil, nil)
}

func objectType(name string, fields ...*apiservercel.DeclField) *apiservercel.DeclType {
	byName := map[string]*apiservercel.DeclField{}
	for _, one := range fields {
		byName[one.Name] = one
	}
	return apiservercel.NewObjectType(name, byName)
}

func listType(of *apiservercel.DeclType) *apiservercel.DeclType {
	return apiservercel.NewListType(of, -1)
}

func requestType() *apiservercel.DeclType {
	text := apiservercel.StringType
	user := objectType("guardrails.UserInfo", field("username", text), field("uid", text), field("groups", listType(text)))
	return objectType("guardrails.Request",
		field("operation", text), field("group", text), field("version", text), field("resource", text),
		field("subresource", text), field("namespace", text), field("name", text), field("dryRun", apiservercel.BoolType),
		field("userInfo", user))
}

func actionType() *apiservercel.DeclType {
	text, any := apiservercel.StringType, apiservercel.DynType
	change := objectType("guardrails.Change", field("path", text), field("from", any), field("to", any))
	return objectType("guardrails.Action", field("type", text), field("types", listType(text)), field("changes", listType(change)))
}

func readInputs() (map[string]map[string]json.RawMessage, error) {
	text, err := os.ReadFile("inputs.json")
	if err != nil {
		return nil, err
	}
	var written map[string]input
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, err
	}
	inputs := map[string]map[string]json.RawMessage{}
	for name, one := range written {
		values, err := objectsOf(one.Review)
		if err != nil {
			return nil, err
		}
		for variable, value := range one.Variables {
			values[variable] = value
		}
		inputs[name] = values
	}
	return inputs, nil
}

func objectsOf(review string) (map[string]json.RawMessage, error) {
	values := map[string]json.RawMessage{}
	if review == "" {
		return values, nil
	}
	text, err := os.ReadFile(filepath.Join(reviews, review+".json"))
	if err != nil {
		return nil, err
	}
	var body struct {
		Request struct {
			Object    json.RawMessage `json:"object"`
			OldObject json.RawMessage `json:"oldObject"`
		} `json:"request"`
	}
	if err := json.Unmarshal(text, &body); err != nil {
		return nil, err
	}
	set := func(name string, value json.RawMessage) {
		if len(value) > 0 {
			values[name] = value
		}
	}
	set("object", body.Request.Object)
	set("oldObject", body.Request.OldObject)
	set("target", body.Request.OldObject)
	set("target", body.Request.Object)
	return values, nil
}

func evaluate(env *cel.Env, expression string, values map[string]json.RawMessage) (result, error) {
	ast, issues := env.Compile(expression)
	if issues.Err() != nil {
		return result{Error: "compile", Message: firstLine(issues.Err().Error())}, nil
	}
	program, err := env.Program(ast)
	if err != nil {
		return result{Error: "compile", Message: firstLine(err.Error())}, nil
	}
	activation := map[string]any{}
	for _, name := range variables {
		var value any
		if raw, ok := values[name]; ok {
			// As the API server reads JSON: integers stay integers.
			if err := utiljson.Unmarshal(raw, &value); err != nil {
				return result{}, err
			}
		}
		activation[name] = value
	}
	value, _, err := program.Eval(activation)
	if err != nil {
		return result{Error: "runtime", Message: firstLine(err.Error())}, nil
	}
	return result{Type: value.Type().TypeName(), Value: text(value)}, nil
}

func firstLine(message string) string {
	line, _, _ := strings.Cut(message, "\n")
	return line
}

// number writes a double as JSON does, and as JSON does not.
func number(value float64) string {
	if math.IsNaN(value) || math.IsInf(value, 0) {
		return fmt.Sprint(value)
	}
	return line(value)
}

// text writes a value so that equal values have equal texts: the keys of maps are sorted.
func text(value ref.Val) string {
	switch value := value.(type) {
	case *types.Optional:
		if !value.HasValue() {
			return "none"
		}
		return "of " + text(value.GetValue())
	case types.String:
		return line(string(value))
	case types.Double:
		return number(float64(value))
	case types.Timestamp:
		return value.UTC().Format(time.RFC3339Nano)
	case types.Duration:
		return strconv.FormatInt(value.Nanoseconds(), 10) + "ns"
	case types.Null:
		return "null"
	case apiservercel.Quantity:
		return value.Quantity.AsDec().String()
	case *apiservercel.Quantity:
		return value.Quantity.AsDec().String()
	case *types.Type:
		return value.TypeName()
	case traits.Lister:
		parts := []string{}
		for it := value.Iterator(); it.HasNext() == types.True; {
			parts = append(parts, text(it.Next()))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case traits.Mapper:
		parts := []string{}
		for it := value.Iterator(); it.HasNext() == types.True; {
			key := it.Next()
			parts = append(parts, text(key)+": "+text(value.Get(key)))
		}
		sort.Strings(parts)
		return "{" + strings.Join(parts, ", ") + "}"
	default:
		return fmt.Sprint(value.Value())
	}
}
