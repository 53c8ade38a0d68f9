#include "services/sandbox/mastodon/store.h"
#include "common/platform/mastodon/length.h"
#include "common/text/utf8.h"
#include "services/sandbox/people.h"

namespace carillon::sandbox::mastodon {
namespace {

constexpr size_t kUsernameMax = 30;
constexpr int kHistoryWeeksMax = 52;
constexpr int64_t kAccountIdBase = 109'000'000'000'000'000;
constexpr int64_t kDisplayNameMax = 30, kNoteMax = 500;
constexpr size_t kFieldsMax = 4;
constexpr int kUrlCharacters = 23;

bool IsUsername(const std::string& name) {
  return !name.empty() && name.size() <= kUsernameMax &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") ==
             std::string::npos;
}

bool Contains(const std::vector<std::string>& list, const std::string& item) {
  return std::find(list.begin(), list.end(), item) != list.end();
}

Profile ProfileOfPerson(int number, const Person& person) {
  Profile profile;
  profile.id = kSyntheticIdBase + number;
  profile.username = person.username;
  profile.display_name = person.display_name;
  profile.host = person.host;
  profile.note = kPersonNote;
  profile.created_at = person.created_at;
  return profile;
}

}  // namespace

Store::Store(Clock* clock, uint64_t seed, Limits limits, Truth* truth)
    : clock_(clock),
      seed_(seed),
      limits_(limits),
      truth_(truth),
      started_at_(clock->Now()),
      last_notification_(absl::ToUnixMillis(started_at_) * 1000) {}

Result<Profile> Store::AddAccount(const NewAccount& account) {
  if (!IsUsername(account.username)) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("username '{}': 1 to {} letters, digits and _", account.username,
                                  kUsernameMax));
  }
  if (account.token.empty())
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("account '{}' has no token", account.username));
  if (account.history_weeks < 0 || account.history_weeks > kHistoryWeeksMax) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("history_weeks is 0 to {}", kHistoryWeeksMax));
  }
  absl::TimeZone zone;
  if (!account.zone.empty() && !absl::LoadTimeZone(account.zone, &zone)) {
    return MakeStatus(Code::kInvalidArgument,
                      fmt::format("'{}' is no IANA time zone", account.zone));
  }
  std::lock_guard lock(mutex_);
  if (by_username_.count(account.username) || by_token_.count(account.token)) {
    return MakeStatus(Code::kAlreadyExists,
                      fmt::format("the username or token of '{}' is taken", account.username));
  }
  if (accounts_.size() >= limits_.accounts_max) {
    return MakeStatus(
        Code::kResourceExhausted,
        fmt::format("the sandbox holds {} accounts and no more", limits_.accounts_max));
  }
  AccountState state;
  state.profile.username = account.username;
  state.profile.display_name =
      account.display_name.empty() ? account.username : account.display_name;
  state.profile.zone = account.zone.empty() ? ZoneOf(seed_, account.username) : account.zone;
  state.profile.note = "An account of the Carillon sandbox.";
  state.profile.created_at = absl::FromUnixSeconds(1'640'995'200);
  // The same name has the same id after a restart.
  state.profile.id = kAccountIdBase +
                     static_cast<int64_t>(HashWords(0, {account.username}) % 1'000'000'000'000'000);
  while (accounts_.count(state.profile.id)) ++state.profile.id;
  state.history_weeks = account.history_weeks;
  state.past_followers =
      100 + static_cast<int64_t>(HashWords(seed_, {"followers", account.username}) % 5'000);
  by_username_[account.username] = state.profile.id;
  by_token_[account.token] = state.profile.id;
  const Profile profile = state.profile;
  accounts_.emplace(profile.id, std::move(state));
  return profile;
}

Store::AccountState* Store::Find(int64_t account) {
  auto found = accounts_.find(account);
  return found == accounts_.end() ? nullptr : &found->second;
}

const Store::AccountState* Store::Find(int64_t account) const {
  return const_cast<Store*>(this)->Find(account);
}

std::optional<Profile> Store::ProfileOf(int64_t account) const {
  if (const AccountState* state = Find(account)) return state->profile;
  const int64_t number = account - kSyntheticIdBase;
  if (number >= 0 && number < kSyntheticUsers)
    return ProfileOfPerson(static_cast<int>(number), SyntheticUser(seed_, static_cast<int>(number)));
  return std::nullopt;
}

std::optional<int64_t> Store::FindAcct(const std::string& acct) const {
  const size_t at = acct.find('@');
  const std::string username = acct.substr(0, at);
  if (auto found = by_username_.find(username); found != by_username_.end()) return found->second;
  const int number = SyntheticNumber(seed_, username);
  if (number < 0) return std::nullopt;
  return kSyntheticIdBase + number;
}

AccountView Store::ViewOf(int64_t account) const {
  AccountView view;
  view.profile = ProfileOf(account).value_or(Profile{});
  if (const AccountState* state = Find(account)) {
    view.followers = state->past_followers + static_cast<int64_t>(state->followers.size());
    view.following = static_cast<int64_t>(state->following.size());
    view.statuses = state->statuses;
    if (!state->posts.empty()) {
      if (const Post* last = FindPost(state->posts.back())) view.last_status_at = last->created_at;
    }
  } else {
    view.followers = account % 300;
    view.following = account % 170;
    view.statuses = account % 900;
  }
  return view;
}

std::optional<Profile> Store::FindToken(const std::string& token) const {
  std::lock_guard lock(mutex_);
  auto found = by_token_.find(token);
  if (found == by_token_.end()) return std::nullopt;
  return Find(found->second)->profile;
}

Status Store::UpdateProfile(int64_t account, const ProfileUpdate& update) {
  std::string all = update.display_name.value_or("") + update.note.value_or("");
  if (update.fields) {
    for (const auto& [name, value] : *update.fields) all += name + value;
  }
  if (!text::IsValidUtf8(all)) return MakeStatus(Code::kInvalidArgument, "Validation failed: Text is not UTF-8");
  const auto too_long = [](const char* what, size_t max) {
    return MakeStatus(Code::kInvalidArgument, fmt::format("Validation failed: {} is too long (maximum is {} characters)", what, max));
  };
  if (update.display_name && text::CountCodePoints(*update.display_name) > kDisplayNameMax) return too_long("Display name", kDisplayNameMax);
  if (update.note && carillon::mastodon::CountedLength(*update.note, "", kUrlCharacters) > kNoteMax) return too_long("Note", kNoteMax);
  if (update.fields && update.fields->size() > kFieldsMax) return too_long("Fields", kFieldsMax);
  std::lock_guard lock(mutex_);
  AccountState* state = Find(account);
  if (state == nullptr) return MakeStatus(Code::kNotFound, "Record not found");
  Profile& profile = state->profile;
  if (update.display_name) profile.display_name = *update.display_name;
  if (update.note) profile.note = *update.note;
  if (update.fields) profile.fields = *update.fields;
  profile.avatar += update.avatar ? 1 : 0;
  profile.header += update.header ? 1 : 0;
  return Ok();
}

void Store::AddToken(const std::string& token, int64_t account) {
  std::lock_guard lock(mutex_);
  if (accounts_.contains(account)) by_token_[token] = account;
}

void Store::RemoveToken(const std::string& token) {
  std::lock_guard lock(mutex_);
  by_token_.erase(token);
}

std::optional<AccountView> Store::Account(int64_t id) {
  std::lock_guard lock(mutex_);
  if (AccountState* state = Find(id)) EnsureHistory(state);
  if (!ProfileOf(id)) return std::nullopt;
  return ViewOf(id);
}

std::optional<AccountView> Store::Lookup(const std::string& acct) const {
  std::lock_guard lock(mutex_);
  const auto id = FindAcct(acct.starts_with('@') ? acct.substr(1) : acct);
  if (!id) return std::nullopt;
  return ViewOf(*id);
}

std::vector<AccountView> Store::Accounts() const {
  std::lock_guard lock(mutex_);
  std::vector<AccountView> out;
  for (const auto& [id, state] : accounts_) out.push_back(ViewOf(id));
  return out;
}

std::optional<std::string> Store::UsernameOf(int64_t account) const {
  std::lock_guard lock(mutex_);
  const auto profile = ProfileOf(account);
  if (!profile) return std::nullopt;
  return profile->acct();
}

std::optional<bool> Store::SetFollow(int64_t follower, int64_t target, bool follow) {
  std::lock_guard lock(mutex_);
  if (!ProfileOf(follower) || !ProfileOf(target) || follower == target) return std::nullopt;
  AccountState* from = Find(follower);
  AccountState* to = Find(target);
  const bool changed = from != nullptr && (follow ? from->following.insert(target).second
                                                  : from->following.erase(target) > 0);
  if (to != nullptr && changed) {
    if (follow)
      to->followers.insert(follower);
    else
      to->followers.erase(follower);
    if (follow) Notify(target, "follow", follower, 0);
  }
  return changed;
}

bool Store::Follows(int64_t follower, int64_t target) const {
  std::lock_guard lock(mutex_);
  if (const AccountState* from = Find(follower)) return from->following.count(target) > 0;
  const AccountState* to = Find(target);
  return to != nullptr && to->followers.count(follower) > 0;
}

void Store::Notify(int64_t account, const std::string& type, int64_t from, int64_t status) {
  AccountState* state = Find(account);
  if (state == nullptr || account == from) return;
  state->notifications.push_back({++last_notification_, type, clock_->Now(), from, status});
  if (state->notifications.size() > limits_.notifications_per_account_max)
    state->notifications.pop_front();
  streams.Notified(account, last_notification_);
}

std::vector<NotificationView> Store::Notifications(int64_t account, const Page& page,
                                                   const std::vector<std::string>& types,
                                                   const std::vector<std::string>& exclude_types) {
  std::lock_guard lock(mutex_);
  std::vector<NotificationView> out;
  const AccountState* state = Find(account);
  if (state == nullptr) return out;
  auto add = [&](const Notification& one) {
    if (!types.empty() && !Contains(types, one.type)) return;
    if (Contains(exclude_types, one.type)) return;
    const Post* post = one.status == 0 ? nullptr : FindPost(one.status);
    if (one.status != 0 && post == nullptr) return;  // deleted since
    NotificationView view{one, ViewOf(one.from), nullptr};
    if (post != nullptr) view.status = std::make_shared<StatusView>(ViewOf(*post, account));
    out.push_back(std::move(view));
  };
  const auto& all = state->notifications;
  if (page.min_id >= 0) {
    for (auto one = all.begin(); one != all.end() && out.size() < page.limit; ++one) {
      if (one->id > page.min_id && (page.max_id == 0 || one->id < page.max_id)) add(*one);
    }
    std::reverse(out.begin(), out.end());
    return out;
  }
  for (auto one = all.rbegin();
       one != all.rend() && out.size() < page.limit && one->id > page.since_id; ++one) {
    if (page.max_id == 0 || one->id < page.max_id) add(*one);
  }
  return out;
}

void Store::DismissNotification(int64_t account, int64_t id) {
  std::lock_guard lock(mutex_);
  AccountState* state = Find(account);
  if (state == nullptr) return;
  std::erase_if(state->notifications,
                [id](const Notification& one) { return id == 0 || one.id == id; });
}

void Store::EnsureHistory(AccountState* account) {
  const int weeks = std::exchange(account->history_weeks, 0);
  if (weeks == 0) return;
  const Rhythm rhythm = RhythmOf(seed_, account->profile.username, account->profile.zone);
  std::vector<int64_t> past_ids;
  uint64_t order = HashWords(seed_, {account->profile.username}) % 60'000;
  for (const PastPost& past :
       MakeHistory(seed_, account->profile.username, rhythm, started_at_, weeks)) {
    Post post;
    post.id = (absl::ToUnixMillis(past.created_at) << 16) | static_cast<int64_t>(order++ & 0xffff);
    while (posts_.count(post.id)) ++post.id;
    post.account = account->profile.id;
    post.text = past.text;
    post.language = "en";
    post.created_at = past.created_at;
    post.past_favourites = past.engagement.favourites;
    post.past_reblogs = past.engagement.reblogs;
    post.past_replies = past.engagement.replies;
    past_ids.push_back(post.id);
    posts_.emplace(post.id, std::move(post));
  }
  std::sort(past_ids.begin(), past_ids.end());
  account->statuses += static_cast<int64_t>(past_ids.size());
  account->posts.insert(account->posts.begin(), past_ids.begin(), past_ids.end());
}

}  // namespace carillon::sandbox::mastodon
