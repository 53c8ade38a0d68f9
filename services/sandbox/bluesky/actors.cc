#include "common/base/check.h"
#include "services/sandbox/bluesky/cid.h"
#include "services/sandbox/bluesky/errors.h"
#include "services/sandbox/bluesky/names.h"
#include "services/sandbox/bluesky/state.h"
#include "services/sandbox/json_answer.h"
#include "services/sandbox/people.h"

namespace carillon::sandbox::bluesky {
namespace {

using atproto_syntax::FormatTid;
using nlohmann::json;

constexpr int kHistoryWeeksMax = 52;
constexpr int kClockId = 17;

// A handle has no underscores. ".test" is kept for what is not real (RFC 6761).
std::string HandleOf(const Person& person) {
  std::string name = person.username;
  std::replace(name.begin(), name.end(), '_', '-');
  return name + (person.host.empty() ? ".people.test" : "." + person.host.substr(0, person.host.find('.')) + ".test");
}

}  // namespace

State::State(Clock* clock, uint64_t seed, Limits limits, Firehose* firehose)
    : clock_(clock), seed_(seed), limits_(limits), started_at_(clock->Now()), firehose_(firehose) {
  AddPeople();
}

std::string State::DidFor(const std::string& handle) const {
  return "did:plc:" + Base32(Sha256(fmt::format("{} {}", seed_, handle)).substr(0, 15));
}

void State::AddPeople() {
  people_.reserve(kSyntheticUsers);
  for (int number = 0; number < kSyntheticUsers; ++number) {
    const Person person = SyntheticUser(seed_, number);
    Actor actor;
    actor.handle = HandleOf(person);
    actor.did = DidFor(actor.handle);
    actor.display_name = person.display_name;
    actor.description = kPersonNote;
    actor.created_at = person.created_at;
    actor.person = number;
    actor.past_followers = number % 300;
    actor.past_following = number % 170;
    actor.past_posts = number % 900;
    actor.repo.rev = FormatTid({absl::ToUnixMicros(person.created_at), 0});
    actor.repo.commit = CidOfCbor(actor.did);
    people_.push_back(actor.did);
    by_handle_[actor.handle] = actor.did;
    actors_.emplace(actor.did, std::move(actor));
  }
}

Result<Actor*> State::AddAccount(const NewAccount& account) {
  if (!IsHandle(account.username)) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("username '{}': a Bluesky account's is its handle, as in brand.example.com",
                                  account.username));
  }
  if (account.token.empty()) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("account '{}' has no token, its app password", account.username));
  }
  if (account.history_weeks < 0 || account.history_weeks > kHistoryWeeksMax) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("history_weeks is 0 to {}", kHistoryWeeksMax));
  }
  absl::TimeZone zone;
  if (!account.zone.empty() && !absl::LoadTimeZone(account.zone, &zone)) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("'{}' is no IANA time zone", account.zone));
  }
  Actor actor;
  actor.handle = account.username;
  std::transform(actor.handle.begin(), actor.handle.end(), actor.handle.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  actor.did = DidFor(actor.handle);
  if (by_handle_.count(actor.handle)) {
    return MakeStatus(Code::kAlreadyExists, fmt::format("the handle '{}' is taken", actor.handle));
  }
  if (customers_ >= limits_.accounts_max) {
    return MakeStatus(
        Code::kResourceExhausted,
        fmt::format("the sandbox holds {} accounts and no more", limits_.accounts_max));
  }
  actor.token = account.token;
  actor.display_name = account.display_name.empty() ? account.username : account.display_name;
  actor.description = "An account of the Carillon sandbox.";
  actor.zone = account.zone.empty() ? ZoneOf(seed_, actor.handle) : account.zone;
  actor.created_at = absl::FromUnixSeconds(1'690'000'000);
  actor.history_weeks = account.history_weeks;
  actor.past_followers =
      100 + static_cast<int64_t>(HashWords(seed_, {"followers", actor.handle}) % 5'000);
  actor.repo.rev = FormatTid({absl::ToUnixMicros(actor.created_at), 0});
  actor.repo.commit = CidOfCbor(actor.did);
  const json profile = {{"$type", kProfile},
                        {"createdAt", IsoTime(actor.created_at)},
                        {"description", actor.description},
                        {"displayName", actor.display_name}};
  actor.repo.collections[kProfile]["self"] = {CidOfRecord(profile).value_or(""),
                                              std::make_shared<const std::string>(Dump(profile)), actor.created_at};
  ++records_;
  ++customers_;
  by_handle_[actor.handle] = actor.did;
  firehose_->Append(actor.did, "identity", "", {{"handle", actor.handle}});
  firehose_->Append(actor.did, "account", "", {{"active", true}});
  const std::string did = actor.did;
  return &actors_.emplace(did, std::move(actor)).first->second;
}

Actor* State::Find(const std::string& identifier) {
  std::string did = identifier;
  if (!identifier.starts_with("did:")) {
    std::string handle = identifier;
    std::transform(handle.begin(), handle.end(), handle.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
    const auto found = by_handle_.find(handle);
    if (found == by_handle_.end()) return nullptr;
    did = found->second;
  }
  const auto found = actors_.find(did);
  if (found == actors_.end()) return nullptr;
  EnsureHistory(&found->second);
  return &found->second;
}

std::vector<const Actor*> State::Customers() const {
  std::vector<const Actor*> out;
  for (const auto& [did, actor] : actors_) {
    if (actor.is_customer()) out.push_back(&actor);
  }
  std::sort(out.begin(), out.end(),
            [](const Actor* a, const Actor* b) { return a->handle < b->handle; });
  return out;
}

std::string State::NextTid() {
  const auto next = atproto_syntax::NextTid(clock_->Now(), kClockId, last_tid_);
  CARILLON_CHECK(next.ok(), "{}", ToString(next.status()));
  last_tid_ = *next;
  return FormatTid(*next);
}

void State::EnsureHistory(Actor* actor) {
  const int weeks = std::exchange(actor->history_weeks, 0);
  if (weeks == 0) return;
  const Rhythm rhythm = RhythmOf(seed_, actor->handle, actor->zone);
  int64_t last_us = 0;
  for (const PastPost& past : MakeHistory(seed_, actor->handle, rhythm, started_at_, weeks)) {
    const json value = {{"$type", kPost},
                        {"createdAt", IsoTime(past.created_at)},
                        {"langs", {"en"}},
                        {"text", past.text}};
    last_us = std::max(last_us + 1, absl::ToUnixMicros(past.created_at));
    Record record;
    record.cid = CidOfRecord(value).value_or("");
    record.value = std::make_shared<const std::string>(Dump(value));
    record.indexed_at = past.created_at;
    const std::string rkey = FormatTid({last_us, kClockId});
    actor->repo.collections[kPost][rkey] = record;
    Post post;
    post.uri = RecordUri(actor->did, kPost, rkey);
    post.cid = record.cid;
    post.did = actor->did;
    post.value = record.value;
    post.indexed_at = past.created_at;
    post.past_likes = past.engagement.favourites;
    post.past_reposts = past.engagement.reblogs;
    post.past_replies = past.engagement.replies;
    IndexPost(actor, std::move(post), value, past.created_at);
    ++records_;
  }
}

}  // namespace carillon::sandbox::bluesky
