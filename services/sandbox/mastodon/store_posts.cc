#include <algorithm>

#include "common/platform/mastodon/length.h"
#include "common/text/utf8.h"
#include "services/sandbox/mastodon/store.h"
#include "services/sandbox/mastodon/text.h"

namespace carillon::sandbox::mastodon {
namespace {

constexpr int64_t kCharactersMax = 500;
constexpr int kCharactersPerUrl = 23;
constexpr size_t kTextBytesMax = 64 << 10;
constexpr size_t kMediaPerPostMax = 4;
constexpr size_t kPollOptionsMax = 4;
constexpr int64_t kPollOptionCharactersMax = 50, kPollSecondsMin = 300, kPollSecondsMax = 2629746;
constexpr absl::Duration kKeyKeptFor = absl::Hours(1);
constexpr size_t kThreadMax = 4096;  // Mastodon's own limit for a signed-in reader

Status Invalid(const std::string& message) { return MakeStatus(Code::kInvalidArgument, message); }

Status CheckPoll(const Poll& poll) {
  const std::set<std::string> distinct(poll.options.begin(), poll.options.end());
  if (poll.options.size() < 2) return Invalid("Validation failed: Options must have more than one item");
  if (poll.options.size() > kPollOptionsMax)
    return Invalid(fmt::format("Validation failed: Options can't contain more than {} items", kPollOptionsMax));
  for (const std::string& option : poll.options) {
    if (!text::IsValidUtf8(option)) return Invalid("Validation failed: Options is not valid UTF-8");
    if (option.find_first_not_of(" \t\r\n") == std::string::npos)
      return Invalid("Validation failed: Options can't be blank");
    if (text::CountGraphemes(option) > kPollOptionCharactersMax)
      return Invalid(fmt::format("Validation failed: Options cannot be longer than {} characters each", kPollOptionCharactersMax));
  }
  if (distinct.size() != poll.options.size()) return Invalid("Validation failed: Options contain duplicate items");
  if (poll.expires_in_s < kPollSecondsMin) return Invalid("Validation failed: Expires at is too soon");
  if (poll.expires_in_s > kPollSecondsMax) return Invalid("Validation failed: Expires at is too far into the future");
  return Ok();
}

}  // namespace

int64_t Store::NextId(absl::Time at) {
  last_id_ = std::max(last_id_ + 1, absl::ToUnixMillis(at) << 16);
  return last_id_;
}

const Post* Store::FindPost(int64_t post) const {
  auto found = posts_.find(post);
  return found == posts_.end() || found->second.deleted ? nullptr : &found->second;
}

Post* Store::FindPost(int64_t post) {
  return const_cast<Post*>(std::as_const(*this).FindPost(post));
}

StatusView Store::ViewOf(const Post& post, int64_t viewer, bool with_quote) const {
  StatusView view;
  view.post = post;
  view.account = ViewOf(post.account);
  for (const int64_t id : post.media) view.media.push_back(media_.at(id));
  for (const int64_t id : post.mentions) view.mentions.push_back(ProfileOf(id).value_or(Profile{}));
  view.favourited = post.favourited_by.count(viewer) > 0;
  view.reblogged = post.reblogged_by.count(viewer) > 0;
  if (post.reblog_of != 0) {
    if (const Post* original = FindPost(post.reblog_of))
      view.reblog = std::make_shared<StatusView>(ViewOf(*original, viewer));
  }
  if (const Post* quoted = with_quote ? FindPost(post.quoted) : nullptr)
    view.quote = std::make_shared<StatusView>(ViewOf(*quoted, viewer, false));
  view.poll_ended = post.poll && post.poll->ends_at <= clock_->Now();
  return view;
}

Status Store::CheckDraft(int64_t account, const Draft& draft, int64_t editing) const {
  if (!text::IsValidUtf8(draft.text) || !text::IsValidUtf8(draft.spoiler_text))
    return Invalid("Validation failed: Text is not valid UTF-8");
  if (draft.media.empty() && draft.text.find_first_not_of(" \t\r\n") == std::string::npos) {
    return Invalid("Validation failed: Text can't be blank");
  }
  if (draft.text.size() > kTextBytesMax ||
      carillon::mastodon::CountedLength(draft.text, draft.spoiler_text, kCharactersPerUrl) >
          kCharactersMax) {
    return Invalid(
        fmt::format("Validation failed: Text character limit of {} exceeded", kCharactersMax));
  }
  if (draft.visibility != "public" && draft.visibility != "unlisted" &&
      draft.visibility != "private" && draft.visibility != "direct") {
    return Invalid("Validation failed: Visibility is not included in the list");
  }
  if (draft.poll) RETURN_IF_ERROR(CheckPoll(*draft.poll));
  if (draft.media.size() > kMediaPerPostMax || (draft.poll && !draft.media.empty()))
    return Invalid(fmt::format("Cannot attach more than {} files", kMediaPerPostMax));
  int images = 0, others = 0;
  for (const int64_t id : draft.media) {
    auto found = media_.find(id);
    if (found == media_.end() || found->second.owner != account ||
        (found->second.status != 0 && found->second.status != editing)) {
      return Invalid(fmt::format("Media {} not found or already attached to another post", id));
    }
    if (found->second.ready_at > clock_->Now()) {
      return Invalid(
          "Cannot attach files that have not finished processing. Try again in a moment!");
    }
    ++(found->second.type == "image" ? images : others);
  }
  if (others > 0 && images + others > 1)
    return Invalid("Cannot attach a video to a post that already contains images");
  return Ok();
}

Status Store::CheckQuote(int64_t account, Draft* draft) const {
  if (draft->quoted == 0) return Ok();
  const Post* quoted = FindPost(draft->quoted);
  // Followers-only posts are their author's alone to quote, private mentions nobody's.
  const bool is_quotable = quoted != nullptr && quoted->reblog_of == 0 && quoted->visibility != "direct" &&
                           (quoted->visibility != "private" || quoted->account == account);
  if (!is_quotable)
    return MakeStatus(Code::kNotFound, "The post you are trying to quote does not appear to exist.");
  if (!draft->media.empty() || draft->poll)
    return Invalid("Validation failed: Quotes cannot be combined with media attachments or polls");
  if (quoted->visibility == "private" && draft->visibility != "direct") draft->visibility = "private";
  return Ok();
}

int64_t Store::Insert(Post post) {
  post.created_at = clock_->Now();
  post.id = NextId(post.created_at);
  if (post.poll) {
    post.poll->id = NextId(post.created_at);
    post.poll->ends_at = post.created_at + absl::Seconds(post.poll->expires_in_s);
  }
  for (const Entity& entity : FindEntities(post.text)) {
    if (entity.kind != Entity::Kind::kMention) continue;
    const auto id = FindAcct(entity.value);
    if (id && std::find(post.mentions.begin(), post.mentions.end(), *id) == post.mentions.end())
      post.mentions.push_back(*id);
  }
  for (const int64_t id : post.media) media_.at(id).status = post.id;
  if (AccountState* account = Find(post.account)) {
    EnsureHistory(account);
    account->posts.push_back(post.id);
    ++account->statuses;
  }
  if (Post* parent = FindPost(post.in_reply_to)) parent->replies.push_back(post.id);
  if (Post* quoted = FindPost(post.quoted)) quoted->quotes.insert(post.id);
  const int64_t id = post.id;
  by_time_.insert(id);
  const Post& kept = posts_.emplace(id, std::move(post)).first->second;
  NotifyMentions(kept);
  Tell(kept);
  return id;
}

void Store::NotifyMentions(const Post& post) {
  std::set<int64_t> told(post.mentions.begin(), post.mentions.end());
  if (post.in_reply_to_account != 0) told.insert(post.in_reply_to_account);
  for (const int64_t account : told) Notify(account, "mention", post.account, post.id);
}

void Store::ForgetOldKeys(absl::Time now) {
  while (!keys_by_age_.empty()) {
    auto key = keys_.find(keys_by_age_.front());
    if (key != keys_.end() && key->second.at + kKeyKeptFor > now) return;
    if (key != keys_.end()) keys_.erase(key);
    keys_by_age_.pop_front();
  }
}

Result<Store::Created> Store::CreatePost(int64_t account, const Draft& given,
                                         const std::string& idempotency_key, bool honour_key,
                                         uint64_t connection) {
  std::lock_guard lock(mutex_);
  const absl::Time now = clock_->Now();
  ForgetOldKeys(now);
  const std::string key = std::to_string(account) + " " + idempotency_key;
  if (honour_key && !idempotency_key.empty()) {
    if (auto known = keys_.find(key);
        known != keys_.end() && FindPost(known->second.post) != nullptr) {
      return Created{known->second.post, true};
    }
  }
  const Post* parent = given.in_reply_to == 0 ? nullptr : FindPost(given.in_reply_to);
  if (given.in_reply_to != 0 && parent == nullptr) {
    return MakeStatus(Code::kNotFound,
                      "The post you are trying to reply to does not appear to exist.");
  }
  Draft draft = given;
  RETURN_IF_ERROR(CheckDraft(account, draft, 0));
  RETURN_IF_ERROR(CheckQuote(account, &draft));
  if (posts_.size() >= limits_.posts_max)
    return MakeStatus(Code::kResourceExhausted, "The sandbox is full");
  Post post;
  post.account = account;
  post.text = draft.text;
  post.spoiler_text = draft.spoiler_text;
  post.visibility = draft.visibility;
  post.language = draft.language.empty() ? "en" : draft.language;
  post.sensitive = draft.sensitive;
  post.media = draft.media;
  post.quoted = draft.quoted;
  post.poll = draft.poll;
  if (parent != nullptr) {
    post.in_reply_to = parent->id;
    post.in_reply_to_account = parent->account;
  }
  const int64_t id = Insert(std::move(post));
  truth_->Append({"mastodon", std::to_string(id), std::to_string(account),
                  Find(account)->profile.username, idempotency_key, now, connection});
  if (honour_key && !idempotency_key.empty()) {
    keys_[key] = {id, now};
    keys_by_age_.push_back(key);
  }
  return Created{id, false};
}

Result<int64_t> Store::EditPost(int64_t account, int64_t id, const Draft& draft) {
  std::lock_guard lock(mutex_);
  Post* post = FindPost(id);
  if (post == nullptr || post->account != account || post->reblog_of != 0)
    return MakeStatus(Code::kNotFound, "Record not found");
  Draft whole = draft;
  whole.visibility = post->visibility;
  RETURN_IF_ERROR(CheckDraft(account, whole, id));
  const bool same = post->text == whole.text && post->spoiler_text == whole.spoiler_text &&
                    post->sensitive == whole.sensitive && post->media == whole.media &&
                    (whole.language.empty() || post->language == whole.language) && !post->poll && !whole.poll;
  // As Mastodon: what changes nothing is no edit; a poll that is sent again ends at another time.
  if (same) return id;
  post->text = whole.text;
  post->spoiler_text = whole.spoiler_text;
  post->sensitive = whole.sensitive;
  post->media = whole.media;
  if (whole.poll) {
    whole.poll->id = post->poll ? post->poll->id : NextId(clock_->Now());
    whole.poll->ends_at = clock_->Now() + absl::Seconds(whole.poll->expires_in_s);
  }
  post->poll = whole.poll;
  if (!whole.language.empty()) post->language = whole.language;
  for (const int64_t media : whole.media) media_.at(media).status = id;
  post->edited_at = clock_->Now();
  return id;
}

std::optional<StatusView> Store::DeletePost(int64_t account, int64_t id) {
  std::lock_guard lock(mutex_);
  Post* post = FindPost(id);
  if (post == nullptr || post->account != account) return std::nullopt;
  StatusView view = ViewOf(*post, account);
  post->deleted = true;
  if (AccountState* state = Find(account)) {
    std::erase(state->posts, id);
    --state->statuses;
  }
  if (Post* parent = FindPost(post->in_reply_to)) std::erase(parent->replies, id);
  if (Post* original = FindPost(post->reblog_of)) original->reblogged_by.erase(account);
  if (Post* quoted = FindPost(post->quoted)) quoted->quotes.erase(id);
  return view;
}

std::optional<StatusView> Store::FindStatus(int64_t id, int64_t viewer) const {
  std::lock_guard lock(mutex_);
  const Post* post = FindPost(id);
  if (post == nullptr) return std::nullopt;
  const bool is_own = post->account == viewer ||
                      std::count(post->mentions.begin(), post->mentions.end(), viewer) > 0;
  if ((post->visibility == "private" || post->visibility == "direct") && !is_own)
    return std::nullopt;
  return ViewOf(*post, viewer);
}

std::vector<StatusView> Store::Timeline(const std::vector<int64_t>& accounts, const Page& page,
                                        const TimelineFilter& filter, int64_t viewer) {
  std::lock_guard lock(mutex_);
  std::vector<int64_t> merged;
  const std::vector<int64_t>* one = &merged;
  for (const int64_t id : accounts) {
    AccountState* state = Find(id);
    if (state == nullptr) continue;
    EnsureHistory(state);
    if (accounts.size() == 1) {
      one = &state->posts;
    } else {
      merged.insert(merged.end(), state->posts.begin(), state->posts.end());
    }
  }
  std::sort(merged.begin(), merged.end());
  const std::vector<int64_t>& ids = *one;
  std::vector<StatusView> out;
  auto add = [&](int64_t id) {
    const Post* post = FindPost(id);
    if (post == nullptr || (filter.exclude_reblogs && post->reblog_of != 0)) return;
    if (filter.exclude_replies && post->in_reply_to != 0 &&
        post->in_reply_to_account != post->account)
      return;
    if (filter.only_media && post->media.empty()) return;
    if ((post->visibility == "private" || post->visibility == "direct") && post->account != viewer)
      return;
    out.push_back(ViewOf(*post, viewer));
  };
  if (page.min_id >= 0) {
    for (auto id = std::upper_bound(ids.begin(), ids.end(), page.min_id);
         id != ids.end() && out.size() < page.limit; ++id) {
      if (page.max_id == 0 || *id < page.max_id) add(*id);
    }
    std::reverse(out.begin(), out.end());
    return out;
  }
  auto id = page.max_id == 0 ? ids.end() : std::lower_bound(ids.begin(), ids.end(), page.max_id);
  while (id != ids.begin() && out.size() < page.limit && *--id > page.since_id) add(*id);
  return out;
}

std::vector<int64_t> Store::HomeOf(int64_t account) const {
  std::lock_guard lock(mutex_);
  std::vector<int64_t> out = {account};
  if (const AccountState* state = Find(account))
    out.insert(out.end(), state->following.begin(), state->following.end());
  return out;
}

std::optional<Store::Thread> Store::Context(int64_t id, int64_t viewer) const {
  std::lock_guard lock(mutex_);
  const Post* post = FindPost(id);
  if (post == nullptr) return std::nullopt;
  Thread thread;
  for (const Post* up = FindPost(post->in_reply_to); up != nullptr;
       up = FindPost(up->in_reply_to)) {
    thread.ancestors.insert(thread.ancestors.begin(), ViewOf(*up, viewer));
    if (thread.ancestors.size() >= kThreadMax) break;
  }
  std::vector<int64_t> open(post->replies.rbegin(), post->replies.rend());
  while (!open.empty() && thread.descendants.size() < kThreadMax) {
    const Post* next = FindPost(open.back());
    open.pop_back();
    if (next == nullptr) continue;
    thread.descendants.push_back(ViewOf(*next, viewer));
    open.insert(open.end(), next->replies.rbegin(), next->replies.rend());
  }
  return thread;
}

std::optional<Post> Store::AnyPost(int64_t id, std::vector<Media>* media) const {
  std::lock_guard lock(mutex_);
  auto found = posts_.find(id);
  if (found == posts_.end()) return std::nullopt;
  for (const int64_t one : found->second.media) media->push_back(media_.at(one));
  return found->second;
}

}  // namespace carillon::sandbox::mastodon
