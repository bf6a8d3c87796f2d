import Daemon
import Foundation
import Recommenders
import TestEnvironment
import Testing

/// What the daemon reports about itself, and options of answers that no transcript shows.
struct InformationTests {
  @Test func whatIsAskedIsCounted() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    for request in ["PING", "PREDICT 1 10", "PREDICT 1 10", "PREDICT 1", "NOTHING", "\"x"] {
      _ = conversation.answer(request + "\n")
    }
    let counted = try conversation.counts()
    #expect(counted["total_commands_processed"] == 7)
    #expect(counted["total_error_replies"] == 3)
    #expect(counted["cache_hits"] == 1)
    #expect(counted["computed_answers"] == 1)
  }

  /// Matches Redis's format exactly.
  @Test func commandstatsTellWhatEachCommandWasAsked() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    for request in [
      "PREDICT 1 10", "PREDICT 1 10", "PREDICT 1", "PREDICT 1 10 20", "PREDICT 99 7", "NOTHING",
      "SELECT 1", "MULTI", "PREDICT 1 10", "EXEC",
      "MULTI", "SHUTDOWN", "EXEC",
    ] {
      _ = conversation.answer(request + "\n")
    }
    let text = conversation.answer("*2\r\n$4\r\nINFO\r\n$12\r\ncommandstats\r\n")
    let lines = text.split(separator: "\r\n").dropFirst().map(String.init)
    #expect(lines.first == "# commandstats")
    let form =
      #/cmdstat_(\w+):calls=(\d+),usec=\d+,usec_per_call=\d+\.\d\d,rejected_calls=(\d+),failed_calls=(\d+)/#
    var counted: [String: [Int]] = [:]
    for line in lines.dropFirst() {
      let parts = try #require(try form.wholeMatch(in: line), "\(line)")
      counted[String(parts.1)] = [parts.2, parts.3, parts.4].compactMap { Int($0) }
    }
    #expect(
      counted == [
        "predict": [4, 2, 1], "select": [1, 0, 1], "multi": [2, 0, 0], "exec": [2, 0, 1],
        "shutdown": [0, 1, 0],
      ])
  }

  /// As in Redis, except for the counts that Prometheus reads, which only grow.
  @Test func whatIsCountedBeginsAnewWhereSoSaid() async throws {
    try await TestServer.run { running in
      let (answers, metrics) = try await onThread {
        let client = try running.connect()
        func say(_ request: String) throws -> String {
          try ClientCommandTests.say(client, request)
        }
        #expect(try say("CONFIG SET slowlog-log-slower-than 0") == "\"OK\"")
        for _ in 0..<3 { _ = try say("PREDICT 1 10") }
        _ = try say("PREDICT 1")
        #expect(try say("CONFIG RESETSTAT") == "\"OK\"")
        let answers = try [
          "LATENCY HISTOGRAM predict", "INFO commandstats", "INFO stats", "SLOWLOG LEN",
          "PREDICT 1 10", "INFO commandstats", "LATENCY HISTOGRAM predict",
        ].map(say)
        return (answers, try HTTPClient(running.connect(over: running.http)).ask("/metrics").body)
      }
      #expect(answers[0] == "{}")
      #expect(!answers[1].contains("cmdstat_predict") && answers[1].contains("cmdstat_config"))
      #expect(
        answers[2].contains(#""total_commands_processed":3,"total_error_replies":0,"cache_hits":0"#)
          && answers[2].contains(#""total_connections_received":0"#), "\(answers[2])")
      #expect(try #require(Int(answers[3])) >= 4)
      #expect(answers[5].contains("cmdstat_predict\":\"calls=1,"), "\(answers[5])")
      #expect(
        answers[5].contains("rejected_calls=0,failed_calls=0") && answers[6].contains("\"calls\":1")
      )
      #expect(
        metrics.contains(#"latent_requests_total{command="PREDICT",outcome="answered"} 4"#),
        "\(metrics)")
    }
  }

  @Test func similarItemsWithFewRatingsStandBehindAllOthers() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    func items(_ request: String) throws -> [Int] {
      let object = try JSONSerialization.jsonObject(
        with: Data(conversation.answer(request + "\n").utf8))
      let items = (object as? [String: Any])?["items"] as? [[String: Any]]
      return try #require(items).compactMap { $0["item"] as? Int }
    }
    #expect(try items("SIMILAR 10 MINRATINGS 0") == [20, 60])
    // Item 20 has one rating.
    #expect(try items("SIMILAR 10 MINRATINGS 2") == [60, 20])
  }

  /// A ranking-only model has no score for an unknown user; the list is by the number of ratings.
  @Test func aFallbackOfAModelThatOnlyRanksHasCountsAndNoScores() throws {
    var contents = Catalogue.contents()
    contents.tables.ranking = .preference
    var conversation = Conversation(about: try TestServer.served(contents), version: "0")
    #expect(
      conversation.answer("RECOMMEND 99 COUNT 1\n")
        == #"{"user":99,"version":1,"fallback":"popularity","items":[{"item":50,"title":"Two Doors","ratings":4}]}"#
        + "\n")
    #expect(
      conversation.answer("*3\r\n$9\r\nRECOMMEND\r\n$2\r\n99\r\n$10\r\nWITHSCORES\r\n")
        .hasPrefix("*12\r\n$2\r\n50\r\n$3\r\n4.0\r\n"))
  }

  @Test func infoHasTheSectionsThatWereAskedFor() throws {
    var conversation = Conversation(
      about: try TestServer.served(Catalogue.contents()), version: "0")
    func sections(_ request: String) throws -> [String] {
      let object = try JSONSerialization.jsonObject(
        with: Data(conversation.answer(request + "\n").utf8))
      return try #require(object as? [String: Any]).keys.sorted()
    }
    let usual = ["clients", "keyspace", "memory", "model", "server", "stats"]
    #expect(try sections("INFO") == usual)
    #expect(try sections("INFO default") == usual)
    for word in ["everything", "ALL", "default commandstats"] {
      #expect(try sections("INFO \(word)") == (usual + ["commandstats"]).sorted())
    }
    #expect(try sections("INFO commandstats") == ["commandstats"])
    #expect(try sections("INFO nothing all") == (usual + ["commandstats"]).sorted())
    #expect(try sections("INFO Model") == ["model"])
    #expect(try sections("INFO stats SERVER nothing") == ["server", "stats"])
    #expect(try sections("INFO nothing") == [])
  }
}
