import Daemon
import Foundation
import Ratings
import RatingsSQLite
import Recommenders
import TestEnvironment
import Testing

/// RATE, UNRATE and MRATE, and answers based on what they wrote, over real sockets and a real store.
struct LiveRatingsTests {
  private let folder: TemporaryFolder
  private let path: String
  private let store: SQLiteStore

  /// Creates a store with the ratings that the model of ``Catalogue`` was trained on.
  init() throws {
    folder = try TemporaryFolder()
    path = folder.path("ratings.sqlite")
    store = SQLiteStore(path: path, lockTimeout: 0.2)
    _ = try store.migrate()
    let contents = Catalogue.contents().catalogue
    try write(
      (0..<contents.users.count).flatMap { user in
        (contents.ratedOffsets[user]..<contents.ratedOffsets[user + 1]).map { place in
          Rating(
            user: contents.users.identifier(at: user),
            item: contents.items.identifier(at: Int(contents.ratedItems[Int(place)])), value: 4)
        }
      })
  }

  private func write(_ ratings: [Rating]) throws {
    try store.write { writer in
      try writer.fixTypes(user: .integer, item: .integer)
      var batch = RatingBatch(userType: .integer, itemType: .integer)
      for rating in ratings { batch.append(rating) }
      _ = try writer.upsert(batch)
    }
  }

  private func run(
    rowLimit: Int = 65_536, patience: Duration = .seconds(1), lockTimeout: Double = 0.2,
    _ body: (TestServer) async throws -> Void
  ) async throws {
    let log = LogLines()
    let ratings = LiveRatings(
      SQLiteStore(path: path, lockTimeout: lockTimeout), rowLimit: rowLimit, patience: patience,
      log: log.logger)
    defer { ratings.stop() }
    let models = ServedModels(try TestServer.served(Catalogue.contents())).goingBy(ratings)
    try await TestServer.run(asking: models, body)
  }

  private func ask(_ server: TestServer, _ requests: String...) async throws -> [String] {
    try await server.talk { client in try requests.map { try client.answer(to: $0) } }
  }

  @Test func aRatingCountsInTheNextAnswerOfAnyConnection() async throws {
    try await run { server in
      // Several connections, so that each event loop has cached the answer.
      for _ in 0..<4 {
        #expect(
          try await ask(server, "RECOMMEND 1 COUNT 1") == [
            #"{"user":1,"version":1,"items":[{"item":10,"title":"The Long Rain","score":4.0}]}"#
          ])
      }
      let before = try await ask(server, "PREDICT 1 30")
      let answers = try await ask(
        server, "RATE 1 10 5", "RECOMMEND 1 COUNT 6", "RATE 77 30 5", "RECOMMEND 77 COUNT 1",
        "PREDICT 77 60", "SIMILARUSERS 77 COUNT 1", "EXPLAIN 77 60")
      #expect(answers[0] == #"{"user":1,"item":10,"outcome":"added"}"#)
      #expect(
        !answers[1].contains(#""item":10,"#) && answers[1].contains(#""item":60,"#), "\(answers)")
      #expect(answers[2].contains("added") && !answers[3].contains("fallback"), "\(answers)")
      #expect(answers[4].contains(#""prediction":"#) && answers[5].contains(#""users":["#))
      #expect(answers[6].contains(#""user_bias":"#), "\(answers)")
      for _ in 0..<4 {
        #expect(try await !ask(server, "RECOMMEND 1 COUNT 6")[0].contains(#""item":10,"#))
      }
      #expect(try await ask(server, "PREDICT 1 30") != before)
      let after = try await ask(server, "UNRATE 1 10", "UNRATE 1 10", "RECOMMEND 1 COUNT 1")
      #expect(
        after == [
          #"{"user":1,"item":10,"outcome":"removed"}"#,
          #"{"user":1,"item":10,"outcome":"absent"}"#,
          #"{"user":1,"version":1,"items":[{"item":10,"title":"The Long Rain","score":4.0}]}"#,
        ])
    }
    #expect(try store.ratings(of: UserID(77), limit: 9).map(\.value) == [5])
  }

  @Test func aLearnedRatingThatIsTakenBackCountsNoMore() async throws {
    try await run { server in
      let before = try await ask(server, "RECOMMEND 5 COUNT 6", "UNRATE 5 10")
      #expect(!before[0].contains(#""item":10,"#) && before[1].contains("removed"), "\(before)")
      let after = try await ask(server, "RECOMMEND 5 COUNT 6")[0]
      #expect(after.contains(#""item":10,"#) && !after.contains(#""item":20,"#), "\(after)")
    }
  }

  @Test func whatBecameOfEachIsTold() async throws {
    try await run { server in
      let answers = try await ask(
        server, "RATE 9 20 3 AT 1700000000", "RATE 9 20 4 AT 1600000000.5",
        "RATE 9 20 3 AT 1700000000000", "RATE 9 20 5", "MRATE 3 9 20 1 9 30 2 x 30 2",
        "MRATE 2 9 40 4 10 40 nan")
      #expect(answers[0].contains("added"))
      #expect(answers[1].contains(#""outcome":"older","newest":"2023-11-14T22:13:20Z""#))
      #expect(answers[2].contains("unchanged") && answers[3].contains("replaced"))
      #expect(
        answers[4].hasPrefix(
          #"[{"user":9,"item":20,"outcome":"replaced"},{"user":9,"item":30,"outcome":"added"},{"error":{"code":"BAD_ARGUMENT""#
        ), "\(answers[4])")
      #expect(answers[5].contains("'nan' is not a rating"))
    }
    // A malformed request changes nothing.
    #expect(try store.ratings(of: UserID(9), limit: 9).map(\.item).count == 2)
  }

  @Test(
    arguments: [
      ("RATE x 10 5", "'x' is not a valid id of a user"),
      ("RATE 1 y 5", "'y' is not a valid id of an item"),
      ("RATE 1 10 five", "'five' is not a rating"), ("RATE 1 10 5 AT yesterday", "is not a time"),
      ("RATE 1 10", "WRONG_ARGUMENT_COUNT"), ("RATE 1 10 1e39", "is not a rating"),
      ("RATE 66 10 4", "FORGOTTEN_USER"), ("RATE 1 10 5 AT 99999999999999999999", "is not a time"),
      ("RATE 1 10 5 AT 1700000000000000000", "is more than a day in the future"),
      ("MRATE 2 1 10 5", "fewer than 2"),
      ("RATE 1\0 10 5", "'1\u{FFFD}' is not a valid id of a user"),
    ])
  func whatCanNotBeKeptIsRefused(_ request: String, _ words: String) async throws {
    _ = try store.forget(UserID(66))
    let count = try store.summary().ratingCount
    try await run { server in
      let answer = try await ask(server, request)[0]
      #expect(answer.contains(words) && answer.contains(#""error""#), "\(answer)")
    }
    #expect(try store.summary().ratingCount == count)
  }

  @Test func withoutAStoreNothingIsKept() async throws {
    try await TestServer.run { server in
      let answer = try await ask(server, "RATE 1 10 5")[0]
      #expect(answer.contains("UNSUPPORTED"))
    }
  }

  @Test func whatOthersWriteCountsAsWell() async throws {
    try await run { server in
      let request = "RECOMMEND 1 COUNT 1"
      #expect(try await ask(server, request)[0].contains(#""item":10,"#))
      try write([Rating(user: UserID(1), item: ItemID(10), value: 5)])
      let isSeen = try await server.talk { client in
        try waitFor { try !client.answer(to: request).contains(#""item":10,"#) }
      }
      #expect(isSeen)
    }
  }

  @Test func aStoreThatIsHeldOrAwayHoldsNoLookUpUp() async throws {
    try await run { server in
      // An import is in progress.
      let (isHeld, mayEnd, isOver) = (
        DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
      )
      Thread { [store] in
        _ = try? store.write { _ in
          isHeld.signal()
          mayEnd.wait()
        }
        isOver.signal()
      }.start()
      try await onThread { isHeld.wait() }
      let held = try await ask(server, "RATE 1 20 5", "RECOMMEND 1 COUNT 1")
      #expect(held[0].contains("BUSY") && held[1].contains(#""item":10,"#), "\(held)")
      try await onThread {
        mayEnd.signal()
        isOver.wait()
      }
      #expect(try await ask(server, "RATE 1 20 5")[0].contains("added"))
      try FileManager.default.moveItem(atPath: path, toPath: path + ".away")
      let away = try await ask(server, "RATE 1 30 5", "RECOMMEND 1 COUNT 1", "INFO store")
      #expect(away[0].contains("STORE_AWAY") && !away[0].contains(folder.path), "\(away)")
      #expect(away[1].contains(#""items":["#) && away[2].contains(#""store_status":"away""#))
      try FileManager.default.moveItem(atPath: path + ".away", toPath: path)
      let isBack = try await server.talk { client in
        try waitFor { try client.answer(to: "RATE 1 30 5").contains("added") }
      }
      #expect(isBack)
    }
  }

  /// The slow log shows ratings, and not what followed them, which may be a password.
  @Test func whatComesBehindRatingsIsNotTakenForOne() async throws {
    try await run { server in
      server.server.slowLog.threshold = .zero
      _ = try await server.talk { try $0.ask("RATE 1 10 5\nRATE 1 20 5\nAUTH secret\n") }
      let told = server.server.slowLog.entries
      #expect(told.contains { $0.command == "RATE" })
      #expect(!told.contains { $0.argument?.contains("secret") == true }, "\(told)")
    }
  }

  /// Ratings followed by nothing, or by part of a request, are each logged with their own user.
  @Test(arguments: ["", "RA", "\n"])
  func ratingsBehindWhichNoRequestIsAreTheirOwn(_ rest: String) async throws {
    try await run { server in
      server.server.slowLog.threshold = .zero
      let answers = try await server.talk { client in
        try client.send("RATE 1 10 5\nRATE 2 20 5\n" + rest)
        return try (0..<2).map { _ in try client.receiveLine() }
      }
      #expect(answers.allSatisfy { $0?.contains("added") == true }, "\(answers)")
      let told = server.server.slowLog.entries.filter { $0.command == "RATE" }
      #expect(!told.isEmpty && told.allSatisfy { ["1", "2"].contains($0.argument) }, "\(told)")
    }
  }

  /// Ratings that one client sends together are written to disk together, and answered in order.
  @Test func ratingsThatComeTogetherAreWrittenTogether() async throws {
    try await run { server in
      let requests =
        (0..<200).map { "RATE 1000 \($0) 3" } + [
          "RATE 1000 x 3", "RATE 1000 10 5", "PING between", "RECOMMEND 1000 COUNT 6",
          "UNRATE 1000 10",
          "RATE 1000 7 three", "RECOMMEND 1000 COUNT 6", "MRATE 1 1000 10 4", "QUIT",
        ]
      let answers = try await server.talk { socket in
        try socket.send(requests.joined(separator: "\n") + "\n")
        return String(decoding: try socket.receiveAll(), as: UTF8.self)
          .split(separator: "\n").map(String.init)
      }
      #expect(answers.count == requests.count)
      for item in 0..<200 {
        #expect(answers[item] == #"{"user":1000,"item":\#(item),"outcome":"added"}"#)
      }
      #expect(
        answers[200].contains("'x' is not a valid id of an item")
          && answers[201].contains("replaced"))
      #expect(answers[202] == #""between""# && !answers[203].contains(#""item":10,"#))
      #expect(answers[204].contains("removed") && answers[205].contains("'three' is not a rating"))
      #expect(answers[206].contains(#""item":10,"#) && answers[207].contains("added"))
      let store = try await ask(server, "INFO store")[0]
      let count = store.firstMatch(of: /"rating_transactions":(\d+)/).flatMap { Int($0.1) }
      #expect(try #require(count) < 60, "\(store)")
    }
    #expect(try store.ratings(of: UserID(1000), limit: 300).count == 200)
  }

  /// So are those of a client's transaction, such as a library's pipeline; commands in between see the earlier ones.
  @Test(arguments: [false, true])
  func ratingsOfATransactionAreWrittenTogether(_ isOfArrays: Bool) async throws {
    try await run { server in
      let requests =
        (0..<200).map { "RATE 1000 \($0) 3" } + [
          "RATE 1000 x 3", "RATE 1000 10 5", "PING between", "RECOMMEND 1000 COUNT 6",
          "UNRATE 1000 10", "PREDICT 1000 20", "MRATE 2 1000 10 4 1000 30 2", "RATE 1000 40 1",
        ]
      let answers = try await server.talk { client in
        try client.send((["MULTI"] + requests).map { $0 + "\n" }.joined())
        for _ in 0...requests.count { _ = try client.receiveLine() }
        try client.send((isOfArrays ? "*1\r\n$4\r\nEXEC\r\n" : "EXEC\n") + "QUIT\n")
        return String(decoding: try client.receiveAll(), as: UTF8.self)
      }
      #expect(answers.components(separatedBy: "added").count == 202, "\(answers)")
      #expect(answers.components(separatedBy: "replaced").count == 4, "\(answers)")
      if isOfArrays {
        #expect(answers.hasPrefix("*\(requests.count)\r\n*6\r\n"), "\(answers)")
      } else {
        let lines = answers.split(separator: "\n")
        let first = try #require(lines.first)
        let list = try #require(
          try JSONSerialization.jsonObject(with: Data(first.utf8)) as? [Any])
        #expect(lines.count == 2 && list.count == requests.count)
        #expect(list[202] as? String == "between" && list[206] is [Any])
        for item in 0..<200 {
          let answer = list[item] as? [String: Any]
          #expect(answer?["item"] as? Int == item && answer?["outcome"] as? String == "added")
        }
        #expect((list[200] as? [String: Any])?["error"] != nil)
        #expect((list[204] as? [String: Any])?["outcome"] as? String == "removed")
      }
      let store = try await ask(server, "INFO store")[0]
      let count = store.firstMatch(of: /"rating_transactions":(\d+)/).flatMap { Int($0.1) }
      #expect(try #require(count) < 20, "\(store)")
    }
    #expect(try store.ratings(of: UserID(1000), limit: 300).count == 200)
  }

  /// Writes to the store on another connection, from when the first semaphore is signalled until the second is.
  private func holdStore() -> (isHeld: DispatchSemaphore, mayEnd: DispatchSemaphore) {
    let (isHeld, mayEnd) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
    Thread { [store] in
      _ = try? store.write { _ in
        isHeld.signal()
        mayEnd.wait()
      }
    }.start()
    return (isHeld, mayEnd)
  }

  /// So are those refused together.
  @Test func eachIsAnsweredInTheFormThatItCameIn() async throws {
    try await run(rowLimit: 1) { server in
      let (isHeld, mayEnd) = holdStore()
      try await onThread { isHeld.wait() }
      let answer = try await server.talk { client in
        let requests = (0..<40).map { item in
          item.isMultiple(of: 2)
            ? "*4\r\n$4\r\nRATE\r\n$1\r\n1\r\n$2\r\n\(10 + item)\r\n$1\r\n5\r\n"
            : "RATE 1 \(10 + item) 5\n"
        }
        try client.send("PING\n" + requests.joined() + "QUIT\n")
        return String(decoding: try client.receiveAll(), as: UTF8.self)
      }
      mayEnd.signal()
      // "\r\n" is one Character.
      let refused = answer.utf8.split(separator: UInt8(ascii: "\n")).map { String(Substring($0)) }
        .filter { $0.contains("BUSY") }
      #expect(refused.count >= 38, "\(answer)")
      let areOfRESP = refused.map { $0.hasPrefix("-BUSY ") && $0.hasSuffix("\r") }
      let areOfLines = refused.map { $0.hasPrefix(#"{"error":{"code":"BUSY","#) }
      #expect(zip(areOfRESP, areOfLines).allSatisfy { $0 != $1 }, "\(answer)")
      #expect(zip(areOfRESP, areOfRESP.dropFirst()).allSatisfy { $0 != $1 }, "\(answer)")
    }
  }

  @Test func soManyMayWaitAndNoMore() async throws {
    try await run(rowLimit: 2) { server in
      let answer = try await ask(server, "MRATE 3 1 10 5 1 20 5 1 30 5", "MRATE 2 1 20 5 1 30 5")
      #expect(
        answer[0].contains("BUSY") && answer[0].contains("too many ratings are waiting")
          && answer[1].contains("added"), "\(answer)")
    }
  }

  /// No one else writes: earlier ratings were in the way.
  @Test func whoHasWaitedForOthersTooLongIsToldSo() async throws {
    try await run(patience: .zero) { server in
      let answer = try await ask(server, "RATE 1 20 5")[0]
      #expect(answer.contains("BUSY") && answer.contains("the store is too slow"), "\(answer)")
    }
    #expect(try store.ratings(of: UserID(1), limit: 9).allSatisfy { $0.item != ItemID(20) })
  }

  @Test func whoHasWaitedForAnotherProcessIsToldSo() async throws {
    try await run(lockTimeout: 3) { server in
      let (isHeld, mayEnd) = holdStore()
      let answers = try await onThread {
        isHeld.wait()
        defer { mayEnd.signal() }
        let other = try server.connect()
        var clients: [SocketClient] = []
        // Until a client waits behind the transaction of those before it.
        repeat {
          clients.append(try server.connect())
          try clients.last?.send("RATE 1 20 5\n")
        } while try other.answer(to: "INFO store").contains(#""waiting_ratings":0"#)
        return try clients.map { try $0.receiveLine() ?? "" }
      }
      for answer in answers {
        #expect(
          answer.contains("BUSY") && answer.lowercased().contains("another process is writing"),
          "\(answer)")
      }
    }
  }

  @Test func manyClientsLoseNothing() async throws {
    try await run { server in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for client in 0..<8 {
          group.addTask {
            let requests = (0..<50).map { "RATE \(1000 + client) \($0) 3\n" }.joined()
            let answers = try await server.talk { socket in
              try socket.send(requests + "QUIT\n")
              return String(decoding: try socket.receiveAll(), as: UTF8.self)
            }
            #expect(answers.components(separatedBy: "added").count == 51)
          }
        }
        try await group.waitForAll()
      }
    }
    for client in 0..<8 {
      #expect(try store.ratings(of: UserID(Int64(1000 + client)), limit: 99).count == 50)
    }
  }
}

extension SocketClient {
  fileprivate func answer(to request: String) throws -> String {
    try send(request + "\n")
    return try receiveLine() ?? ""
  }
}
