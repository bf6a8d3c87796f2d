import Errors
import TestEnvironment
import Testing

@Suite struct NearestTextTests {
  private func nearest(to sought: String, among texts: [String], count: Int = 3) -> [String] {
    var search = NearestText(to: sought, count: count)
    for text in texts { search.consider(text) }
    return search.matches
  }

  @Test func findsMisspellingsNearestFirst() {
    let users = ["bob", "alicia", "alice", "malice", "carol", "alcie"]
    #expect(nearest(to: "alise", among: users) == ["alice"])
    #expect(nearest(to: "allice", among: users, count: 9) == ["alice", "alcie", "malice"])
    #expect(nearest(to: "ALICE", among: users, count: 3) == ["alice", "alcie", "malice"])
  }

  @Test func swappedNeighboursAreOneEdit() {
    #expect(nearest(to: "acb", among: ["abc", "xyz"]) == ["abc"])
  }

  @Test func beginningsComeBehindNearerTexts() {
    let users = ["ann.smith@example.org", "anna", "ann.jones@example.org", "joan"]
    #expect(
      nearest(to: "ann", among: users) == [
        "ann.jones@example.org", "ann.smith@example.org", "anna",
      ])
    #expect(
      nearest(to: "anni", among: ["annie", "annika", "anna"]) == ["anna", "annie", "annika"])
  }

  @Test func nothingIsNearToALongText() {
    let long = String(repeating: "a", count: 256)
    #expect(nearest(to: long, among: [long + "b"]) == [long + "b"])
    #expect(nearest(to: long + "a", among: [long + "a"]) == [])
  }

  @Test func keepsToTheCount() {
    #expect(nearest(to: "a", among: ["b", "c", "d"], count: 0).isEmpty)
    #expect(nearest(to: "aaa", among: ["aac", "aab", "aaa"], count: 2) == ["aaa", "aab"])
  }

  @Test func hostileTextsAreHarmless() {
    let long = String(repeating: "x", count: 100_000)
    #expect(nearest(to: "", among: ["", "a", long]).first == "")
    #expect(nearest(to: "abcdef", among: ["", long, "\u{0}"]).isEmpty)
    #expect(nearest(to: "ÉCLAIR", among: ["éclair", "eclair", "e\u{301}clair"]).count == 3)
  }

  /// The recursive definition of the optimal string alignment distance.
  private func naiveDistance(_ a: ArraySlice<Character>, _ b: ArraySlice<Character>) -> Int {
    guard let x = a.last, let y = b.last else { return a.count + b.count }
    var best = naiveDistance(a.dropLast(), b.dropLast()) + (x == y ? 0 : 1)
    best = min(best, naiveDistance(a.dropLast(), b) + 1, naiveDistance(a, b.dropLast()) + 1)
    if a.count > 1, b.count > 1, a[a.endIndex - 2] == y, b[b.endIndex - 2] == x {
      best = min(best, naiveDistance(a.dropLast(2), b.dropLast(2)) + 1)
    }
    return best
  }

  @Test func agreesWithTheDefinitionOnRandomTexts() {
    var random = SplitMix64(seed: 7)
    func text() -> String {
      String(
        (0..<Int.random(in: 1...6, using: &random)).map { _ in "abc".randomElement(using: &random)!
        })
    }
    for _ in 0..<300 {
      let (sought, candidate) = (text(), text())
      let distance = naiveDistance(Array(sought)[...], Array(candidate)[...])
      let near = distance <= max(1, sought.count / 3) || candidate.hasPrefix(sought)
      #expect(
        nearest(to: sought, among: [candidate]) == (near ? [candidate] : []),
        "\(sought) and \(candidate) are \(distance) edits apart")
    }
  }
}
