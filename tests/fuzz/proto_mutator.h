// Changes a message as its schema allows, so that fuzzing stays behind the parser: fields are set, cleared, copied and repeated, oneofs
// switched, texts exchanged within the message. For libFuzzer's custom mutators; one object for one change.
#pragma once

#include <google/protobuf/message.h>

#include <cstdint>
#include <random>
#include <string>
#include <vector>

// libFuzzer's own change of bytes.
extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t size_max);

namespace carillon::fuzz {

class ProtoMutator {
 public:
  explicit ProtoMutator(unsigned seed) : random_(seed) {}

  void Mutate(google::protobuf::Message* message);

 private:
  using Message = google::protobuf::Message;
  using Field = google::protobuf::FieldDescriptor;

  size_t Below(size_t end) { return std::uniform_int_distribution<size_t>(0, end - 1)(random_); }
  bool OneIn(size_t n) { return Below(n) == 0; }
  void Collect(Message* message, std::vector<Message*>* out);
  void Change(Message* message);
  void Fill(Message* message, int depth);
  void ChangeRepeated(Message* message, const Field* field);
  // Sets a value: element `at` of a repeated field, a new one where `at` is -1, or the field itself.
  void Set(Message* message, const Field* field, int at);
  int64_t Number(int64_t before);
  std::string Text(const std::string& before, bool bytes);

  std::mt19937 random_;
  std::vector<std::string> texts_;  // that stand in the message
};

}  // namespace carillon::fuzz
