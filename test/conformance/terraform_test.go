package conformance

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gwanmun/gwanmun/internal/elbapi"
)

// configuration is what terraform is to make: a load balancer with everything that hangs on one, and a way to see it.
const configuration = `
terraform {
  required_providers {
    aws = { source = "hashicorp/aws" }
  }
}

provider "aws" {
  region                      = "ap-northeast-2"
  access_key                  = "local"
  secret_key                  = "local"
  skip_metadata_api_check     = true
  endpoints {
    acm   = "ENDPOINT"
    ec2   = "ENDPOINT"
    elbv2 = "ENDPOINT"
    sts   = "ENDPOINT"
    iam   = "ENDPOINT"
  }
}

data "aws_vpc" "this" {
  tags = { Name = "gwanmun-local" }
}

data "aws_subnets" "public" {
  filter {
    name   = "vpc-id"
    values = [data.aws_vpc.this.id]
  }
  tags = { "kubernetes.io/role/elb" = "1" }
}

resource "aws_security_group" "web" {
  name   = "web"
  vpc_id = data.aws_vpc.this.id
  ingress {
    from_port   = 80
    to_port     = 80
    protocol    = "tcp"
    cidr_blocks = ["192.0.2.0/24"]
  }
}

resource "aws_lb" "web" {
  name            = "web"
  subnets         = data.aws_subnets.public.ids
  security_groups = [aws_security_group.web.id]
  idle_timeout    = 77
  tags            = { team = "web" }
}

resource "aws_lb_target_group" "web" {
  name        = "web"
  port        = 80
  protocol    = "HTTP"
  target_type = "ip"
  vpc_id      = data.aws_vpc.this.id
}

resource "aws_lb_listener" "web" {
  load_balancer_arn = aws_lb.web.arn
  port              = 80
  protocol          = "HTTP"
  default_action {
    type             = "forward"
    target_group_arn = aws_lb_target_group.web.arn
  }
}

resource "aws_lb_listener_rule" "old" {
  listener_arn = aws_lb_listener.web.arn
  priority     = 5
  action {
    type = "redirect"
    redirect {
      path        = "/new"
      status_code = "HTTP_301"
    }
  }
  condition {
    path_pattern { values = ["/old/*"] }
  }
}
`

// terraform runs a command of terraform in a folder.
func terraform(t *testing.T, s *elbapi.Server, dir string, args ...string) (string, error) {
	t.Helper()
	c := exec.CommandContext(t.Context(), "terraform", append([]string{"-chdir=" + dir}, args...)...) //nolint:gosec // the test says what to run
	c.Env = append(environment(s), "TF_IN_AUTOMATION=1", "TF_INPUT=0", "CHECKPOINT_DISABLE=1")
	out, err := c.CombinedOutput()
	return string(out), err
}

// TestTerraformFindsNoDifferenceAfterApply needs terraform with its AWS provider, from wherever its own settings take it. Neither
// is a package of Debian, so their absence is told and never a failure.
func TestTerraformFindsNoDifferenceAfterApply(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes a minute")
	}
	if _, err := exec.LookPath("terraform"); err != nil {
		t.Skipf("terraform is not installed: %v", err)
	}
	s, dir := alone(t), t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(strings.ReplaceAll(configuration, "ENDPOINT", s.URL())), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := terraform(t, s, dir, "init", "-no-color"); err != nil {
		t.Skipf("terraform is installed, but its AWS provider is not and cannot be had (a local mirror of providers would do): %v\n%s", err, out)
	}
	for _, args := range [][]string{
		{"apply", "-no-color", "-auto-approve"}, {"plan", "-no-color", "-detailed-exitcode"}, {"destroy", "-no-color", "-auto-approve"},
	} {
		out, err := terraform(t, s, dir, args...)
		var exit *exec.ExitError
		if errors.As(err, &exit) && exit.ExitCode() == 2 && args[0] == "plan" {
			t.Errorf("terraform finds a difference after apply:\n%s", out)
		} else if err != nil {
			t.Fatalf("terraform %s: %v\n%s", args[0], err, out)
		}
	}
	if left := fmt.Sprint(s.Store().Tagged()); left != "[]" {
		t.Errorf("terraform destroy has left %s", left)
	}
}
