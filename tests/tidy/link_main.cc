// Linked against one domain and what a domain may use, and nothing else: if this links, the wall stands.
int main() { return 0; }
