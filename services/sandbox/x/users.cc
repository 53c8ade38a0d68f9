#include <algorithm>

#include "services/sandbox/people.h"
#include "services/sandbox/x/state.h"
#include "services/sandbox/x/text.h"

namespace carillon::sandbox::x {
namespace {

constexpr int kHistoryWeeksMax = 52;
constexpr size_t kUsernameMax = 15;
constexpr Id kFirstPerson = 30'000'000;
constexpr int64_t kEpochMs = 1'288'834'974'657;  // when X's ids begin
constexpr int kSequenceBits = 22;

bool IsUsername(std::string_view text) {
  return !text.empty() && text.size() <= kUsernameMax &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '_';
         });
}

// People's names are too long for X.
std::string UsernameOf(const Person& person, int number) {
  return fmt::format("{}_{}", person.username.substr(0, person.username.find('_')), number);
}

Status Bad(std::string_view message) { return MakeStatus(Code::kInvalidArgument, message); }

}  // namespace

State::State(Clock* clock, uint64_t seed, Limits limits, bool is_self_serve, Truth* truth)
    : clock_(clock),
      seed_(seed),
      limits_(limits),
      is_self_serve_(is_self_serve),
      started_at_(clock->Now()),
      truth_(truth) {
  AddPeople();
}

void State::AddPeople() {
  people_.reserve(kSyntheticUsers);
  for (int number = 0; number < kSyntheticUsers; ++number) {
    const Person person = SyntheticUser(seed_, number);
    User user;
    user.id = kFirstPerson + number;
    user.username = UsernameOf(person, number);
    user.name = person.display_name;
    user.description = kPersonNote;
    user.created_at = person.created_at;
    user.person = number;
    user.past_followers = number % 300;
    user.past_following = number % 170;
    user.past_posts = number % 900;
    people_.push_back(user.id);
    by_name_[Lower(user.username)] = user.id;
    users_.emplace(user.id, std::move(user));
  }
}

Result<User*> State::AddAccount(const NewAccount& account) {
  if (!IsUsername(account.username)) {
    return Bad(fmt::format("username '{}': X's have 1 to 15 letters, digits and underscores",
                           account.username));
  }
  if (account.token.empty()) return Bad(fmt::format("account '{}' has no token", account.username));
  if (account.history_weeks < 0 || account.history_weeks > kHistoryWeeksMax)
    return Bad(fmt::format("history_weeks is 0 to {}", kHistoryWeeksMax));
  absl::TimeZone zone;
  if (!account.zone.empty() && !absl::LoadTimeZone(account.zone, &zone))
    return Bad(fmt::format("'{}' is no IANA time zone", account.zone));
  const std::string name = Lower(account.username);
  if (by_name_.count(name) > 0 || by_token_.count(account.token) > 0) {
    return MakeStatus(Code::kAlreadyExists,
                      fmt::format("the username '{}' or its token is taken", account.username));
  }
  if (customers_ >= limits_.accounts_max) {
    return MakeStatus(
        Code::kResourceExhausted,
        fmt::format("the sandbox holds {} accounts and no more", limits_.accounts_max));
  }
  User user;
  user.id = 1'000'000'000 + static_cast<Id>(HashWords(seed_, {"user", name}) % 8'000'000'000);
  while (users_.count(user.id) > 0) ++user.id;
  user.username = account.username;
  user.name = account.display_name.empty() ? account.username : account.display_name;
  user.description = "An account of the Carillon sandbox.";
  user.token = account.token;
  user.zone = account.zone.empty() ? ZoneOf(seed_, account.username) : account.zone;
  user.created_at = absl::FromUnixSeconds(1'690'000'000);
  user.history_weeks = account.history_weeks;
  user.past_followers = 100 + static_cast<int64_t>(HashWords(seed_, {"followers", name}) % 5'000);
  ++customers_;
  by_name_[name] = user.id;
  by_token_[user.token] = user.id;
  const Id id = user.id;
  return &users_.emplace(id, std::move(user)).first->second;
}

User* State::FindUser(Id id) {
  const auto found = users_.find(id);
  if (found == users_.end()) return nullptr;
  EnsureHistory(&found->second);
  return &found->second;
}

User* State::FindByName(std::string_view username) {
  const auto found = by_name_.find(Lower(username));
  return found == by_name_.end() ? nullptr : FindUser(found->second);
}

User* State::FindByToken(const std::string& token) {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : FindUser(found->second);
}

std::vector<const User*> State::Customers() const {
  std::vector<const User*> out;
  for (const auto& [id, user] : users_) {
    if (user.is_customer()) out.push_back(&user);
  }
  std::sort(out.begin(), out.end(),
            [](const User* a, const User* b) { return a->username < b->username; });
  return out;
}

Id State::IdAt(absl::Time at) { return (absl::ToUnixMillis(at) - kEpochMs) << kSequenceBits; }

Id State::NextId() {
  last_id_ = std::max(last_id_ + 1, IdAt(clock_->Now()));
  return last_id_;
}

void State::EnsureHistory(User* user) {
  const int weeks = std::exchange(user->history_weeks, 0);
  if (weeks == 0) return;
  const Rhythm rhythm = RhythmOf(seed_, user->username, user->zone);
  const Id own = static_cast<Id>(HashWords(seed_, {"ids", user->username}) & 0xffff);
  for (const PastPost& past : MakeHistory(seed_, user->username, rhythm, started_at_, weeks)) {
    Post post;
    post.id = IdAt(past.created_at) + own;
    while (posts_.count(post.id) > 0) ++post.id;
    post.author = user->id;
    post.text = past.text;
    post.at = past.created_at;
    post.past_likes = past.engagement.favourites;
    post.past_reposts = past.engagement.reblogs;
    post.past_replies = past.engagement.replies;
    Keep(std::move(post));
  }
}

}  // namespace carillon::sandbox::x
