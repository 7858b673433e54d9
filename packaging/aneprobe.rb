# SPDX-License-Identifier: MIT
# From a checkout: brew install --HEAD ./packaging/aneprobe.rb. Not tried: written without a Mac.
class Aneprobe < Formula
  desc "Benchmarks and probes of Apple's Neural Engine"
  license "MIT"
  head "file://#{File.expand_path("..", __dir__)}", using: :git, branch: "main"

  depends_on "meson" => :build
  depends_on "ninja" => :build
  depends_on "pkg-config" => :build
  depends_on "cmark-gfm"
  depends_on "gnuplot"
  depends_on "gsl"
  depends_on "json-c"
  depends_on "libarchive"
  depends_on "nettle"
  depends_on "pcre2"
  depends_on "protobuf-c"

  def install
    system "meson", "setup", "build", "-Dnative=false", *std_meson_args
    system "ninja", "-C", "build", "installable"
    system "meson", "install", "-C", "build", "--no-rebuild"
  end

  test do
    ENV["HOME"] = testpath
    system bin/"aneprobe", "devices"
    system bin/"aneprobe", "run", "overlap", "--quick", "--device", "sim:m4", "--out", testpath/"run"
    assert_predicate testpath/"run/PROBE_RESULTS.md", :exist?
    system bin/"aneprobe", "judge", testpath/"run"
  end
end
