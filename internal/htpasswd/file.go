package htpasswd

import "strings"

// User is one entry of a list.
type User struct {
	Name string
	Hash string
}

// Problem is a line that gives no user, or one who can never log in.
type Problem struct {
	// Line counts from 1.
	Line int
	// User is empty when the line has none.
	User string
	// Text says what is wrong. It holds nothing of the hash.
	Text string
}

// ParseFile reads lines of the form user:hash. Empty lines and lines that begin with "#" are skipped, what follows a
// second colon is a comment, as nginx reads it. A user that is named twice keeps the first hash. Users whose hash
// cannot be used stay in the list, so that they are known and refused.
func ParseFile(text string) ([]User, []Problem) {
	var users []User
	var problems []Problem
	seen := map[string]bool{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		name, hash, found := strings.Cut(line, ":")
		hash, _, _ = strings.Cut(hash, ":")
		report := func(text string) { problems = append(problems, Problem{i + 1, name, text}) }
		switch {
		case !found:
			name = ""
			report("the line has no colon")
			continue
		case name == "":
			report("the line has no user name")
			continue
		case seen[name]:
			report("the user is listed before; the first entry counts")
			continue
		}
		seen[name] = true
		users = append(users, User{name, hash})
		if err := Check(hash); err != nil {
			report(err.Error())
		}
	}
	return users, problems
}
