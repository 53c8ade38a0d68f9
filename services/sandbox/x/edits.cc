// Edited posts: each edit is another version with an id of its own; old ones are found by their ids and stand in no list.
#include "common/twitter_text/weighted_length.h"
#include "services/sandbox/x/problems.h"
#include "services/sandbox/x/state.h"

namespace carillon::sandbox::x {

bool State::IsEditable(const Post& post) const {
  const Post* target = FindPost(post.reply_to);
  const bool answers_others = post.reply_to != 0 && (target == nullptr || target->author != post.author);
  return !post.poll && post.repost_of == 0 && !answers_others;
}

Result<const Post*> State::EditPost(User* author, const Draft& draft, bool check_duplicate) {
  const auto refuse = [&](const char* what) {
    return Invalid("edit_options.previous_post_id", std::to_string(draft.edit_of), what);
  };
  Post* old = Mutable(draft.edit_of);
  if (old == nullptr || old->author != author->id) return refuse("There is no such post of yours");
  const std::vector<Id> versions = old->versions.empty() ? std::vector<Id>{old->id} : old->versions;
  if (versions.back() != old->id) return refuse("It is not the latest version");
  if (!IsEditable(*old)) return Forbidden("This post can not be edited.");
  if (AnyPost(versions.front())->at + kEditableFor <= Now() || versions.size() > static_cast<size_t>(kEditsMax))
    return Forbidden("This post can be edited no more.");
  if (draft.text.empty() && draft.media.empty()) return Invalid("text", "", "Required unless media is provided");
  if (!draft.text.empty() && !twitter_text::MeasureWeighted(draft.text).valid) return NotPermitted();
  RETURN_IF_ERROR(CheckMedia(*author, draft));
  if (check_duplicate && old->text == draft.text && old->media == draft.media)
    return Forbidden("You are not allowed to create a Tweet with duplicate content.");
  if (posts_.size() >= limits_.posts_max) return Full();
  Post post = *old;
  post.id = NextId();
  post.text = draft.text;
  post.media = draft.media;
  post.at = Now();
  post.likes.clear();  // counts are a version's own
  post.reposts.clear();
  post.replies.clear();
  post.quotes.clear();
  const Id conversation = old->conversation;
  Unlist(*old);
  Post* kept = const_cast<Post*>(Keep(std::move(post)));
  if (old->reply_to == 0) kept->conversation = conversation;
  std::vector<Id> all = versions;
  all.push_back(kept->id);
  for (const Id version : all) posts_.at(version).versions = all;
  return kept;
}

}  // namespace carillon::sandbox::x
