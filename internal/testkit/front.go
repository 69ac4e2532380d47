package testkit

import "testing"

type front struct{}

func openFront(*testing.T, Options) *front { return &front{} }

func (*front) apply(*testing.T, *world) {}

func (*front) requests(text string) []string {
	_, err := readRequests(text)
	if err != nil {
		return []string{err.Error()}
	}
	return nil
}
