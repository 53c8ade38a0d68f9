#include "common/base/ids.h"
#include "common/twitter_text/weighted_length.h"
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/state.h"
#include "services/sandbox/x/text.h"

namespace carillon::sandbox::x {
namespace {

constexpr absl::Duration kDuplicateFor = absl::Hours(24), kMediaFor = absl::Hours(24);
constexpr size_t kPhotosMax = 4;

}  // namespace

const Post* State::AnyPost(Id id) const {
  const auto found = posts_.find(id);
  return found == posts_.end() ? nullptr : &found->second;
}

const Post* State::FindPost(Id id) const {
  const Post* post = AnyPost(id);
  return post == nullptr || post->deleted ? nullptr : post;
}

Post* State::Mutable(Id id) { return const_cast<Post*>(FindPost(id)); }

// The post's author spoke to the user, or of one of the user's posts.
bool State::WasCalledBy(const User& user, const Post& post) const {
  if (post.author == user.id || post.reply_to_user == user.id) return true;
  const Post* quoted = FindPost(post.quoted);
  if (quoted != nullptr && quoted->author == user.id) return true;
  for (const std::string& name : MentionedIn(post.text)) {
    if (name == Lower(user.username)) return true;
  }
  return false;
}

Status State::CheckReply(const User& author, const Post* target) const {
  if (target == nullptr)
    return Forbidden("You attempted to reply to a Tweet that is deleted or not visible to you.");
  const bool was_called = WasCalledBy(author, *target);
  if (is_self_serve_ && !was_called) {
    return Forbidden(
        "Reply to this conversation is not allowed because you have not been mentioned or"
        " otherwise engaged by the author of the post you are replying to.");
  }
  const bool is_followed =
      target->reply_settings == "following" &&
      users_.at(target->author).following.count(author.id) > 0;
  if (target->reply_settings != "everyone" && !was_called && !is_followed)
    return Forbidden("The original Tweet author restricted who can reply to this Tweet.");
  return Ok();
}

Status State::CheckMedia(const User& author, const Draft& draft) const {
  size_t photos = 0;
  for (const Id id : draft.media) {
    const auto media = OwnMedia(author, id);
    const bool is_usable = media.ok() && (*media)->is_complete() && !(*media)->is_broken &&
                           (*media)->ready_at <= Now() &&
                           (*media)->created_at + kMediaFor > Now();
    if (!is_usable)
      return Invalid("media.media_ids", std::to_string(id), "Your media IDs are invalid.");
    photos += (*media)->kind == Media::Kind::kPhoto;
  }
  const bool is_mixed = photos != draft.media.size() && draft.media.size() > 1;
  if (photos > kPhotosMax || is_mixed) {
    return Invalid("media.media_ids", std::to_string(draft.media.front()),
                   "A post has up to 4 photos, or one GIF, or one video.");
  }
  return Ok();
}

Status State::CheckDraft(const User& author, const Draft& draft) const {
  if (draft.text.empty() && draft.media.empty())
    return Invalid("text", "", "Required unless media is provided");
  if (draft.poll && (!draft.media.empty() || draft.quoted != 0))
    return Invalid("poll", "", "poll, media and quote_tweet_id exclude one another");
  if (draft.quoted != 0 && !draft.media.empty())
    return Invalid("quote_tweet_id", "", "poll, media and quote_tweet_id exclude one another");
  const auto length = twitter_text::MeasureWeighted(draft.text);
  const bool is_blank = draft.text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (!length.valid && !(is_blank && !draft.media.empty())) return NotPermitted();
  if (CountCashtags(draft.text) > 1)
    return Forbidden("Posts are limited to a maximum of one cashtag");
  RETURN_IF_ERROR(CheckMedia(author, draft));
  if (draft.reply_to != 0) RETURN_IF_ERROR(CheckReply(author, FindPost(draft.reply_to)));
  if (draft.quoted == 0) return Ok();
  const Post* quoted = FindPost(draft.quoted);
  if (quoted == nullptr)
    return Invalid("quote_tweet_id", std::to_string(draft.quoted), "The quoted post does not exist");
  if (is_self_serve_ && !WasCalledBy(author, *quoted)) {
    return Forbidden(
        "Quoting this post is not allowed because you have not been mentioned or are not part of"
        " the conversation thread of the post you are quoting.");
  }
  return Ok();
}

// Equal for posts that X would not take a second time.
std::string State::FingerprintOf(const Draft& draft) const {
  std::string media, poll;
  for (const Id id : draft.media) media += media_.at(id).digest + " ";
  if (draft.poll) {
    for (const std::string& option : draft.poll->options) poll += option + "\n";
  }
  return HashText({draft.text, std::to_string(draft.reply_to), std::to_string(draft.quoted), media,
                   poll});
}

Result<const Post*> State::CreatePost(User* author, const Draft& draft, bool check_duplicate,
                                      uint64_t connection) {
  RETURN_IF_ERROR(CheckDraft(*author, draft));
  if (posts_.size() >= limits_.posts_max) return Full();
  const std::string fingerprint = FingerprintOf(draft);
  if (const auto known = author->fingerprints.find(fingerprint);
      check_duplicate && known != author->fingerprints.end()) {
    const Post* earlier = FindPost(known->second);
    if (earlier != nullptr && earlier->at + kDuplicateFor > Now())
      return Forbidden("You are not allowed to create a Tweet with duplicate content.");
  }
  Post post;
  post.id = NextId();
  post.author = author->id;
  post.text = draft.text;
  post.at = Now();
  post.reply_to = draft.reply_to;
  post.quoted = draft.quoted;
  post.media = draft.media;
  post.poll = draft.poll;
  if (post.poll) {
    post.poll->id = NextId();
    post.poll->ends_at = post.at + absl::Minutes(post.poll->minutes);
  }
  post.reply_settings = draft.reply_settings;
  post.labels = draft.labels;
  author->fingerprints[fingerprint] = post.id;
  const Post* kept = Keep(std::move(post));
  truth_->Append({"x", std::to_string(kept->id), std::to_string(author->id), author->username, "",
                  kept->at, connection});
  return kept;
}

const Post* State::Keep(Post post) {
  post.conversation = post.id;
  if (Post* target = Mutable(post.reply_to)) {
    target->replies.insert(post.id);
    post.reply_to_user = target->author;
    post.conversation = target->conversation;
  }
  if (Post* quoted = Mutable(post.quoted)) quoted->quotes.insert(post.id);
  users_.at(post.author).posts.insert(post.id);
  by_time_.insert(post.id);
  if (post.repost_of == 0) {
    std::set<Id> called;
    if (post.reply_to_user != 0) called.insert(post.reply_to_user);
    for (const std::string& name : MentionedIn(post.text)) {
      if (const auto found = by_name_.find(name); found != by_name_.end())
        called.insert(found->second);
    }
    called.erase(post.author);
    for (const Id user : called) users_.at(user).mentions.insert(post.id);
  }
  const Id id = post.id;
  const Post& kept = posts_.emplace(id, std::move(post)).first->second;
  if (tell_ && kept.at > started_at_) tell_(*this, kept);  // not of the past that is made up
  return &kept;
}

Status State::DeletePost(const User& author, Id id) {
  Post* post = Mutable(id);
  if (post == nullptr) return Ok();  // X says "deleted" of what is not there, too
  if (post->author != author.id)
    return Forbidden("You are not authorized to delete this Tweet.");
  const std::vector<Id> versions = post->versions.empty() ? std::vector<Id>{id} : post->versions;
  for (const Id version : versions) {
    if (Post* one = Mutable(version)) DeleteVersion(one);
  }
  return Ok();
}

// It stands in no list any more.
void State::Unlist(const Post& post) {
  const Id id = post.id;
  if (Post* target = Mutable(post.reply_to)) target->replies.erase(id);
  if (Post* quoted = Mutable(post.quoted)) quoted->quotes.erase(id);
  std::set<Id> called = {post.reply_to_user};
  for (const std::string& name : MentionedIn(post.text)) {
    if (const auto found = by_name_.find(name); found != by_name_.end())
      called.insert(found->second);
  }
  for (const Id user : called) {
    if (const auto found = users_.find(user); found != users_.end())
      found->second.mentions.erase(id);
  }
  users_.at(post.author).posts.erase(id);
  by_time_.erase(id);
}

void State::DeleteVersion(Post* post) {
  if (Post* original = Mutable(post->repost_of)) original->reposts.erase(post->author);
  for (const auto& [user, repost] : post->reposts) {
    if (Post* copy = Mutable(repost)) {
      copy->deleted = true;
      users_.at(user).posts.erase(repost);
      by_time_.erase(repost);
    }
  }
  Unlist(*post);
  post->deleted = true;
}

// A reply is hidden by the author of the conversation.
Status State::Hide(const User& viewer, Id id, bool is_hidden) {
  Post* post = Mutable(id);
  const Post* root = post == nullptr ? nullptr : FindPost(post->conversation);
  if (post == nullptr) return Invalid("tweet_id", std::to_string(id), "There is no such post");
  if (post->reply_to == 0 || root == nullptr || root->author != viewer.id)
    return Forbidden("You can only hide replies to your own conversations.");
  post->hidden = is_hidden;
  return Ok();
}

}  // namespace carillon::sandbox::x
