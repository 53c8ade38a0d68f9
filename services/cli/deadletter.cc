#include <CLI/CLI.hpp>

#include "carillon/ops/v1/operations_api.grpc.pb.h"
#include "common/base/clock.h"
#include "services/cli/app.h"
#include "services/cli/session.h"

namespace carillon::cli {
namespace {

using Operations = ops::v1::OperationsService::Stub;
using Letter = ops::v1::DeadLetter;

constexpr size_t kAtOnce = 50;
constexpr int64_t kBytesAtOnce = 4 << 20;
constexpr int64_t kApartMax = 4096;

struct Options {
  std::string service;
  size_t limit = 50;
  int partition = 0;
  std::vector<int64_t> offsets;
  bool all = false;
};

Status CheckService(const std::string& service) {
  if (std::find(kServices.begin(), kServices.end(), service) != kServices.end()) return Ok();
  return Local(fmt::format("there is no service '{}'; one of: {}", service, fmt::join(kServices, ", ")));
}

Result<std::unique_ptr<Operations>> StubOf(Session& s, const std::string& service) {
  ASSIGN_OR_RETURN(const auto channel, s.Channel(service));
  return ops::v1::OperationsService::NewStub(channel);
}

Result<std::vector<Letter>> LettersOf(Session& s, const std::string& service, size_t limit) {
  ASSIGN_OR_RETURN(const auto stub, StubOf(s, service));
  auto letters = s.CallPages(Result<Operations*>(stub.get()), &Operations::ListDeadLetters,
                             ops::v1::ListDeadLettersRequest(), &ops::v1::ListDeadLettersResponse::letters, limit);
  if (!letters.ok()) return Annotate(letters.status(), service);
  return letters;
}

Status List(Session& s, const Options& options) {
  std::vector<std::string> services = kServices;
  if (!options.service.empty()) {
    RETURN_IF_ERROR(CheckService(options.service));
    services = {options.service};
  }
  std::vector<Letter> all;
  for (const std::string& service : services) {
    ASSIGN_OR_RETURN(const auto letters, LettersOf(s, service, options.limit));
    all.insert(all.end(), letters.begin(), letters.end());
  }
  std::stable_sort(all.begin(), all.end(), [](const Letter& a, const Letter& b) {
    return FromProto(a.at()) > FromProto(b.at());
  });
  if (options.limit > 0 && all.size() > options.limit) all.resize(options.limit);
  std::vector<Json> rows;
  for (const Letter& letter : all) {
    rows.push_back(ToJson(letter));
    if (s.globals.json) continue;
    rows.back()["origin"] = letter.origin_topic().empty()
                                ? ""
                                : fmt::format("{}[{}] {}", letter.origin_topic(), letter.origin_partition(), letter.origin_offset());
  }
  s.ShowList(rows, {{"SERVICE", "service"},
                    {"PARTITION", "partition"},
                    {"OFFSET", "offset"},
                    {"AT", "at"},
                    {"ORIGIN", "origin"},
                    {"MESSAGE", "message_type"},
                    {"TO", "to"},
                    {"REPLAY", "replay_state"},
                    {"CODE", "code"},
                    {"REASON", "reason"}});
  return Ok();
}

struct Outcome {
  std::vector<ops::v1::Replayed> replayed;
  std::vector<ops::v1::NotReplayed> not_replayed;
};

Status ReplayAtOnce(Session& s, Operations* stub, int partition, const std::vector<int64_t>& offsets,
                    Outcome* outcome) {
  ops::v1::ReplayDeadLettersRequest request;
  request.set_partition(partition);
  request.mutable_offsets()->Add(offsets.begin(), offsets.end());
  const auto response = s.Call(Result<Operations*>(stub), &Operations::ReplayDeadLetters, request);
  if (!response.ok() && ExitCodeOf(response.status()) == ExitCode::kUnknown) {
    s.Note(fmt::format("it is not known whether these were put back: {}; `carillon deadletter list` tells, and putting "
                       "back twice is harmless",
                       fmt::join(offsets, ", ")));
  }
  RETURN_IF_ERROR(response.status());
  outcome->replayed.insert(outcome->replayed.end(), response->replayed().begin(), response->replayed().end());
  outcome->not_replayed.insert(outcome->not_replayed.end(), response->not_replayed().begin(),
                               response->not_replayed().end());
  return Ok();
}

// The letters that nobody put back yet and that can be, oldest first, in parts that one call may name.
Result<std::vector<std::vector<int64_t>>> Waiting(Session& s, const std::string& service) {
  ASSIGN_OR_RETURN(const auto letters, LettersOf(s, service, 0));
  std::vector<std::vector<int64_t>> parts;
  int64_t bytes = 0;
  size_t before = 0, cannot = 0;
  for (auto letter = letters.rbegin(); letter != letters.rend(); ++letter) {
    before += letter->replay_state() == ops::v1::REPLAY_STATE_REPLAYED;
    cannot += !letter->replayable();
    if (letter->replay_state() == ops::v1::REPLAY_STATE_REPLAYED || !letter->replayable()) continue;
    bytes += letter->value_bytes();
    if (parts.empty() || parts.back().size() == kAtOnce || bytes > kBytesAtOnce ||
        letter->offset() - parts.back().front() > kApartMax) {
      parts.emplace_back();
      bytes = letter->value_bytes();
    }
    parts.back().push_back(letter->offset());
  }
  if (before > 0) s.Note(fmt::format("{} were put back before and are left alone; name one with --offset to do it again", before));
  if (cannot > 0) s.Note(fmt::format("{} can't be put back: the list says why", cannot));
  return parts;
}

Status ShowOutcome(Session& s, const Outcome& outcome) {
  for (const auto& replayed : outcome.replayed) {
    if (replayed.before() != ops::v1::REPLAY_STATE_REPLAYED) continue;
    s.Note(fmt::format("letter {} had been put back before; the receiver knows the message by its id", replayed.offset()));
  }
  for (const auto& refused : outcome.not_replayed) s.Note(fmt::format("{} [{}]", refused.message(), refused.reason()));
  s.ShowRows(outcome.replayed, {{"OFFSET", "offset"},
                                {"INBOX", "inbox_topic"},
                                {"PARTITION", "inbox_partition"},
                                {"INBOX OFFSET", "inbox_offset"},
                                {"BEFORE", "before"}});
  if (outcome.not_replayed.empty()) return Ok();
  return Failed("NOT_ALL_REPLAYED", fmt::format("{} put back, {} not", outcome.replayed.size(), outcome.not_replayed.size()));
}

Status Replay(Session& s, Options options) {
  RETURN_IF_ERROR(CheckService(options.service));
  if (options.all != options.offsets.empty()) return Local("give --offset or --all");
  ASSIGN_OR_RETURN(const auto stub, StubOf(s, options.service));
  std::sort(options.offsets.begin(), options.offsets.end());
  std::vector<std::vector<int64_t>> parts = {options.offsets};
  if (options.all) {
    ASSIGN_OR_RETURN(parts, Waiting(s, options.service));
  }
  Outcome outcome;
  for (const auto& part : parts) {
    const Status status = ReplayAtOnce(s, stub.get(), options.partition, part, &outcome);
    if (status.ok()) continue;
    if (!outcome.replayed.empty()) s.Note(fmt::format("{} were put back before that", outcome.replayed.size()));
    return status;
  }
  return ShowOutcome(s, outcome);
}

}  // namespace

void AddDeadLetter(const Verbs& verbs) {
  CLI::App* noun = verbs.Noun("deadletter", "Messages between services that could not be decoded or decided");
  Session* s = &verbs.session;

  auto list = std::make_shared<Options>();
  CLI::App* verb = verbs.Verb(noun, "list", "List them, newest first", "deadletter list --service scheduler");
  verb->add_option("--service", list->service, "Only this service's");
  verb->add_option("--limit", list->limit, "At most so many; 0 is all")->capture_default_str();
  verbs.Does(verb, [s, list] { return List(*s, *list); });

  auto replay = std::make_shared<Options>();
  verb = verbs.Verb(noun, "replay", "Put them back into the service's inbox, to be decided again",
                    "deadletter replay --service scheduler --offset 7");
  verb->add_option("--service", replay->service, "The service")->required();
  verb->add_option("--partition", replay->partition, "Of the letter, as listed")->capture_default_str();
  verb->add_option("--offset", replay->offsets, "Of the letter, as listed; may be repeated");
  verb->add_flag("--all", replay->all, "All that were never put back, oldest first");
  verbs.Does(verb, [s, replay] { return Replay(*s, *replay); });
}

}  // namespace carillon::cli
