// The command line: one argument a line ("\n" in it is a line end), what follows an empty line is standard input. Nothing is up, so every
// command ends with 0 (help) or 2 and a reason, never with a claim about what a service did. Values are parsed once more by themselves.
#include <cstdlib>
#include <sstream>

#include "carillon/scheduler/v1/scheduler.pb.h"
#include "common/base/clock.h"
#include "services/cli/app.h"
#include "services/cli/csv_media.h"
#include "services/cli/json.h"
#include "services/cli/money.h"
#include "services/cli/time_args.h"
#include "tests/fuzz/support.h"

namespace carillon::fuzz {
namespace {

constexpr size_t kInputBytesMax = 64 * 1024;
constexpr size_t kArgumentsMax = 64;

// Devices block, and what the system says of itself is no input.
bool ReachesTheSystem(std::string_view argument) {
  for (const char* folder : {"/dev", "/proc", "/sys", ".."}) {
    if (argument.find(folder) != std::string_view::npos) return true;
  }
  return false;
}

std::string Unescape(std::string text) {
  for (size_t at = 0; (at = text.find("\\n", at)) != std::string::npos; ++at) text.replace(at, 2, "\n");
  return text;
}

void CheckTime(const std::string& text) {
  if (const Result<absl::Time> at = cli::ParseInstant(text); at.ok()) {
    CARILLON_CHECK(FromProto(ToProto(*at)) == absl::FromUnixNanos(absl::ToUnixNanos(*at)) ||
                       absl::ToUnixSeconds(FromProto(ToProto(*at))) == absl::ToUnixSeconds(*at),
                   "'{}' is sent as {}", text, absl::FormatTime(FromProto(ToProto(*at))));
  }
  if (const Result<absl::Time> day = cli::ParseInstantOrDay(text, absl::UTCTimeZone()); day.ok()) {
    CARILLON_CHECK(text.size() != 10 || absl::FormatTime("%Y-%m-%d", *day, absl::UTCTimeZone()) == text, "'{}' is {}",
                   text, absl::FormatTime(*day));
  }
  (void)cli::ParseDay(text);
}

void CheckValues(const std::vector<std::string>& arguments) {
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& text = arguments[i];
    const std::string next = i + 1 < arguments.size() ? arguments[i + 1] : "EUR";
    CheckTime(text);
    if (const auto local = cli::ResolveLocal(text, next); local.ok()) {
      const auto again = cli::ResolveLocal(local->local, next);
      CARILLON_CHECK(again.ok() && again->at == local->at, "'{}' in {} is not '{}'", text, next, local->local);
    }
    if (const auto money = cli::ParseMoney(text, next); money.ok()) {
      CARILLON_CHECK(money->micros() >= 0 && money->currency() == next, "'{} {}' is {}", text, next,
                     money->ShortDebugString());
    }
    (void)cli::ParseEnum(*scheduler::v1::PostState_descriptor(), text);
  }
}

void CheckMediaCells(const std::string& csv) {
  const std::vector<cli::MediaCell> cells = cli::FindMediaCells(csv);
  size_t at = 0;
  for (const cli::MediaCell& cell : cells) {
    CARILLON_CHECK(cell.begin >= at && cell.end > cell.begin && cell.end <= csv.size() && cell.line > 1 && !cell.paths.empty(),
                   "a cell from {} to {} on line {} of {} bytes", cell.begin, cell.end, cell.line, csv.size());
    at = cell.end;
  }
  const std::string sum(64, 'a');
  const std::string done = cli::ReplaceMediaCells(csv, cells, [&sum](const std::string&) { return sum; });
  CARILLON_CHECK(cli::FindMediaCells(done).empty(), "a cell still names files");
}

void Run(std::string_view input) {
  if (input.size() > kInputBytesMax) return;
  const size_t end = std::min(input.find("\n\n"), input.size());
  const std::string standard_input(input.substr(std::min(end + 2, input.size())));
  std::vector<std::string> arguments;
  for (std::string& line : Split(input.substr(0, end), '\n')) {
    // As the system hands them over: no NUL.
    line = Unescape(line.substr(0, line.find('\0')));
    if (ReachesTheSystem(line) || arguments.size() == kArgumentsMax) return;
    arguments.push_back(std::move(line));
  }
  CheckValues(arguments);
  CheckMediaCells(standard_input);
  std::istringstream in(standard_input);
  std::ostringstream out, err;
  const int code = cli::Run(arguments, in, out, err);
  CARILLON_CHECK(code == 0 || code == 2, "exit code {} where nothing is up: {}", code, err.str());
  CARILLON_CHECK(!(code == 0 ? out : err).str().empty(), "exit code {} without a word", code);
  const bool whole = err.str().find("no endpoints file") != std::string::npos;  // nothing was wrong with the command
  Planted({whole, arguments[0] == "post", std::find(arguments.begin(), arguments.end(), "--json") != arguments.end()});
}

}  // namespace
}  // namespace carillon::fuzz

#ifdef CARILLON_FUZZ
#include "tests/fuzz/structure_mutator.h"
#include "tests/fuzz/token_mutator.h"

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t size_max, unsigned seed) {
  static const carillon::fuzz::Words kOptions = {"--json", "--limit\n3", "--state\npublished", "--brand\nB", "--account\na", "--zone\nUTC",
                                                 "--at\n2026-11-23T09:00:00Z", "--text\nx", "--timeout\n1.5", "--request-id\nr1",
                                                 "--from\n2026-11-01", "--to\n2026-12-01", "--org\no", "--help", "x"};
  if (seed % 4 != 0) return carillon::fuzz::MutateArguments(data, size, size_max, seed, kOptions);
  return carillon::fuzz::MutateTokens(data, size, size_max, seed, "\n= ;,",
                                      {"--json", "--brand", "--account", "--text", "--text-file", "--at", "--at-local", "--zone",
                                       "--from", "--to", "--limit", "--state", "--import", "--except", "--out", "--bucket",
                                       "--request-id", "--timeout", "--org", "--endpoints", "--help", "--", "-", "post", "brand",
                                       "campaign", "create", "list", "get", "approve", "cancel", "status", "Europe/Paris",
                                       "2026-11-23", "2026-11-23T09:00:00Z", "2026-10-25 02:30", "-1", "0", "1.5", "1e9",
                                       "999999999999999999999", "EUR", "media", "a.png", "x"});
}
#endif

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // Nothing is up, whatever the shell says.
  static const bool alone = ::setenv("CARILLON_ENDPOINTS", "/nonexistent/endpoints.json", 1) == 0 && ::unsetenv("CARILLON_ORG") == 0;
  if (alone) carillon::fuzz::Run(carillon::fuzz::Text(data, size));
  return 0;
}
