// Likes, reposts and follows, and what synthetic users do.
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/state.h"

namespace carillon::sandbox::x {
namespace {

std::string IdText(Id id) { return std::to_string(id); }

}  // namespace

Status State::Like(User* user, Id id, bool is_liked) {
  Post* post = Mutable(id);
  if (post == nullptr) return Invalid("tweet_id", IdText(id), "There is no such post");
  if (!is_liked) {
    post->likes.erase(user->id);
  } else if (post->likes.emplace(user->id, ++last_order_).second) {
    Happen({Happening::Kind::kLike, user->id, post->author, id});
  }
  return Ok();
}

Result<Id> State::Repost(User* user, Id id) {
  Post* post = Mutable(id);
  if (post == nullptr) return Invalid("tweet_id", IdText(id), "There is no such post");
  if (post->repost_of != 0) return Repost(user, post->repost_of);
  if (const auto known = post->reposts.find(user->id); known != post->reposts.end())
    return known->second;
  if (posts_.size() >= limits_.posts_max) return Full();
  Post repost;
  repost.id = NextId();
  repost.author = user->id;
  repost.repost_of = id;
  repost.text = fmt::format("RT @{}: {}", users_.at(post->author).username, post->text);
  repost.at = Now();
  post->reposts[user->id] = repost.id;
  return Keep(std::move(repost))->id;
}

void State::Unrepost(User* user, Id id) {
  const Post* post = FindPost(id);
  if (post == nullptr) return;
  const auto repost = post->reposts.find(user->id);
  // Of one's own post: never refused.
  if (repost != post->reposts.end()) DeletePost(*user, repost->second).IgnoreError();
}

std::string State::React(Reaction reaction, int user, Id account, Id id, const std::string& text) {
  User* const from = FindPerson(user);
  User* const target = FindUser(account);
  Post* const post = Mutable(id);
  if (target == nullptr || (id != 0 && post == nullptr)) return "";
  const bool needs_post = reaction != Reaction::kMention && reaction != Reaction::kFollow &&
                          reaction != Reaction::kMessage;
  if (needs_post && post == nullptr) return "";
  Post written;
  written.author = from->id;
  written.at = Now();
  written.text = text;
  switch (reaction) {
    case Reaction::kFavourite:
      if (!post->likes.emplace(from->id, ++last_order_).second) return "";
      Happen({Happening::Kind::kLike, from->id, post->author, id});
      return IdText(id);
    case Reaction::kReblog: {
      if (post->reposts.count(from->id) > 0) return "";
      return Repost(from, id).ok() ? IdText(id) : "";
    }
    case Reaction::kFollow:
      if (!target->followers.emplace(from->id, ++last_order_).second) return "";
      from->following.emplace(target->id, last_order_);
      Happen({Happening::Kind::kFollow, from->id, target->id});
      return IdText(target->id);
    case Reaction::kReply:
      written.reply_to = id;
      break;
    case Reaction::kQuote:
      written.quoted = id;
      break;
    case Reaction::kMention:
      written.text = "@" + target->username + " " + text;
      break;
    case Reaction::kMessage: {
      const auto sent = Send(*from, ConversationOf(from->id, target->id), text);
      return sent.ok() ? IdText((*sent)->id) : "";
    }
  }
  if (posts_.size() >= limits_.posts_max) return "";
  written.id = NextId();
  return IdText(Keep(std::move(written))->id);
}

}  // namespace carillon::sandbox::x
