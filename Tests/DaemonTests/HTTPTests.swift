import Daemon
import Foundation
import Recommenders
import TestEnvironment
import Testing

/// The HTTP port over real sockets: what is answered, what is refused and how.
struct HTTPTests {
  @Test func theProcessAnswersAndSaysWhetherItIsReady() async throws {
    try await TestServer.run { running in
      let health = try await running.get("/healthz")
      #expect(health.status == 200 && health.body == "ok\n")
      let ready = try await running.get("/readyz")
      #expect(ready.status == 200 && ready.body == "ready\n")
      for (name, value) in [
        "cache-control": "no-store", "x-content-type-options": "nosniff",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
      ] {
        #expect(ready.headers[name] == value)
      }
      #expect(
        ready.headers["date"]?.wholeMatch(of: #/\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT/#) != nil)
    }
  }

  @Test func withoutAModelItIsNotReadyAndSaysWhy() async throws {
    try await TestServer.run(about: nil) { running in
      #expect(try await running.get("/healthz").status == 200)
      let ready = try await running.get("/readyz")
      #expect(ready.status == 503)
      #expect(ready.body == "no model named recommender is in service\n")
      running.server.setSwapProblem("version 3: it is damaged", of: "recommender")
      #expect(
        try await running.get("/readyz").body
          == "no model named recommender is in service: version 3: it is damaged\n")
      let answer = try await running.get("/api/recommend?user=1")
      #expect(answer.status == 503 && answer.body.contains("NO_MODEL"))
    }
  }

  @Test func aModelThatIsTooOldIsNotReady() async throws {
    let model = try TestServer.served(Catalogue.contents())
    try await TestServer.run(asking: model, maximumAge: .seconds(36 * 3600)) { running in
      let ready = try await running.get("/readyz")
      #expect(ready.status == 503)
      #expect(
        ready.body.hasPrefix(
          "version 1 of recommender is stale: trained 2026-01-01T00:00:00Z, "))
      #expect(ready.body.hasSuffix(" d ago; the maximum is 36 h\n"), "\(ready.body)")
    }
    try await TestServer.run(asking: model, maximumAge: .seconds(100 * 365 * 86_400)) { running in
      let ready = try await running.get("/readyz")
      #expect(ready.status == 200)
    }
  }

  @Test func theAPIAnswersWhatTheLineProtocolDoes() async throws {
    try await TestServer.run { running in
      let questions = [
        ("/api/recommend?user=1&count=2", "RECOMMEND 1 COUNT 2"),
        ("/api/recommend?user=99", "RECOMMEND 99"),
        ("/api/similar?item=10&minratings=0", "SIMILAR 10 MINRATINGS 0"),
        ("/api/predict?user=1&item=10", "PREDICT 1 10"),
        ("/api/explain?item=10&user=1&count=3", "EXPLAIN 1 10 COUNT 3"),
        ("/api/recommend?user=1&withrated=1", "RECOMMEND 1 WITHRATED"),
        ("/api/recommend?user=1&withrated=0", "RECOMMEND 1"),
      ]
      for (target, request) in questions {
        let line = try await running.talk { try $0.ask(request + "\n") }
        // Twice: computed, then from the cache.
        for _ in 0..<2 {
          let answer = try await running.get(target)
          #expect(answer.status == 200 && answer.body == line, "\(target)")
          #expect(answer.headers["content-type"] == "application/json")
        }
      }
      let info = try await running.get("/api/info")
      #expect(try info.json["stats"] is [String: Any])
    }
  }

  @Test(arguments: [
    ("/api/recommend", 400, "the parameter 'user' is missing"),
    ("/api/recommend?user=1&cuont=3", 400, "Did you mean count?"),
    ("/api/recommend?user=1&user=2", 400, "is given twice"),
    ("/api/recommend?user=1&count=0", 400, "BAD_ARGUMENT"),
    ("/api/recommend?user=1&withrated=yes", 400, "Use 1 or 0."),
    ("/api/similar?item=77", 404, "UNKNOWN_ITEM"),
    ("/api/explain?user=77&item=10", 404, "UNKNOWN_USER"),
    ("/api/rate?user=1&item=10&value=5", 404, "not found"),
    ("/api/mrecommend?n=1", 404, "not found"),
    ("/nothing", 404, "not found"),
    ("/api/recommend?user=%", 400, "the target is malformed"),
    ("/api/recommend?user=%zz", 400, "the target is malformed"),
    ("/api/recommend?user=%FF", 400, "the target is malformed"),
  ])
  func whatIsWrongIsSaid(_ target: String, _ status: Int, _ text: String) async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        let answer = try client.ask(target)
        #expect(answer.status == status && answer.body.contains(text), "\(answer)")
        // The connection stays open.
        #expect(try client.ask("/healthz").status == 200)
      }
    }
  }

  @Test func parametersAreReadAsTheyWereMeant() async throws {
    let model = ScriptedModel()
    try await TestServer.run(asking: model.served, commands: ScriptedModel.commands()) { running in
      for (target, user) in [
        ("a%20b", #"a b"#), ("a+b", "a b"), ("%22a%22%0AINFO", #"\"a\"\nINFO"#),
        ("%C3%A9&count=3", "é"),
      ] {
        let answer = try await running.get("/api/ask?user=\(target)")
        #expect(answer.body == "\"\(user) by 1\"\n")
      }
    }
  }

  @Test func headHasNoBodyAndTheConnectionGoesOn() async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        let answer = try client.ask("/healthz", method: "HEAD")
        #expect(answer.status == 200 && answer.headers["content-length"] == "3")
        #expect(try client.ask("/readyz").body == "ready\n")
      }
    }
  }

  @Test(arguments: ["POST", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT"])
  func otherMethodsAreRefused(_ method: String) async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        let answer = try client.ask(
          method == "CONNECT" ? "localhost:1" : "/healthz", method: method,
          headers: ["Content-Length: 0"])
        #expect(answer.status == 405 && answer.headers["allow"] == "GET, HEAD")
        #expect(answer.headers["connection"] == "close")
        #expect(try client.socket.receiveAll().isEmpty)
      }
    }
  }

  @Test(arguments: [["Content-Length: 5"], ["Transfer-Encoding: chunked"]])
  func aBodyIsRefusedHoweverMuchOfItComes(_ headers: [String]) async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        let answer = try client.ask("/healthz", headers: headers)
        #expect(answer.status == 413)
        // The client goes on sending, and the answer is not lost to a reset.
        try client.socket.send([UInt8](repeating: 0x31, count: 100_000))
        client.socket.finishSending()
        #expect(try client.socket.receiveAll().isEmpty)
      }
    }
  }

  @Test func whatIsTooLongIsRefused() async throws {
    try await TestServer.run { running in
      let long = String(repeating: "x", count: 4096)
      let target = try await running.get("/api/recommend?user=\(long)")
      #expect(target.status == 414)
      for headers in [
        ["X: \(long)\(long)x"], (0..<80).map { "X-\($0): 1" },
        (0..<10).map { "X-\($0): \(long.dropLast(2000))" },
      ] {
        let answer = try await running.get("/healthz", headers: headers)
        #expect(answer.status == 431 && answer.headers["connection"] == "close")
      }
      #expect(try await running.get("/healthz", headers: ["X: \(long)"]).status == 200)
    }
  }

  @Test(arguments: [
    "GARBAGE\r\n\r\n", "GET /healthz HTTP/9.9\r\nHost: localhost\r\n\r\n", "PING\r\n\r\n",
  ])
  func whatIsNoRequestIsRefused(_ text: String) async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        try client.socket.send(text)
        let answer = try client.answer()
        #expect(answer.status == 400 && answer.headers["connection"] == "close")
      }
    }
  }

  /// A web page whose host name resolves to this machine cannot ask what only this machine may.
  @Test func aNameOfTheWebIsNotThisServer() async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        for host in [
          "localhost", "LOCALHOST:6381", "127.0.0.1", "127.1.2.3:80", "[::1]", "[::1]:1",
        ] {
          let answer = try client.ask("/healthz", host: host)
          #expect(answer.status == 200, "\(host)")
        }
      }
      for host in [
        "evil.example", "127.0.0.1.evil.example", "127.evil.example", "localhost.evil", "",
        "127.0.0.256", "[::2]", "[::1", "localhost:99999", "localhost:x", "10.0.0.1",
      ] {
        let answer = try await running.talkHTTP { try $0.ask("/api/recommend?user=1", host: host) }
        #expect(answer.status == 421, "\(host)")
      }
      let none = try await running.talkHTTP { try $0.ask("/healthz", host: nil) }
      #expect(none.status == 400)
      let two = try await running.get("/healthz", headers: ["Host: localhost"])
      #expect(two.status == 400)
    }
  }

  @Test func version10IsAnsweredAndEnds() async throws {
    try await TestServer.run { running in
      let answer = try await running.talk(over: running.http) {
        try $0.ask("GET /healthz HTTP/1.0\r\n\r\n")
      }
      #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.hasSuffix("\r\n\r\nok\n"))
    }
  }

  @Test func manyRequestsAtOnceAreAnsweredInTheirOrder() async throws {
    try await TestServer.run { running in
      try await running.talkHTTP { client in
        let targets = (0..<500).map {
          ["/api/predict?user=1&item=10", "/healthz", "/metrics", "/api/recommend?user=1"][$0 % 4]
        }
        try client.socket.send(
          targets.map { "GET \($0) HTTP/1.1\r\nHost: localhost\r\n\r\n" }.joined())
        for target in targets {
          let answer = try client.answer()
          #expect(answer.status == 200)
          switch target {
          case "/healthz": #expect(answer.body == "ok\n")
          case "/metrics": #expect(answer.body.hasPrefix("# HELP "))
          default: #expect(answer.body.hasPrefix("{\"user\":1,"))
          }
        }
      }
    }
  }

  /// Waiting connections are closed for new ones; HTTP does not use up the line protocol's connections.
  @Test func manyIdleConnectionsKeepNobodyOut() async throws {
    var limits = ServerLimits()
    limits.connections = 4
    limits.http.connections = 3
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        let clients = try (0..<10).map { _ in
          let client = HTTPClient(try running.connect(over: running.http))
          #expect(try client.ask("/healthz").status == 200)
          return client
        }
        // The newest connections are still open; the oldest were closed.
        #expect(try clients[9].ask("/healthz").status == 200)
        #expect(try clients[8].ask("/healthz").status == 200)
        #expect(try clients[0].socket.receiveAll().isEmpty)
        let lines = try (0..<4).map { _ in try running.connect() }
        for client in lines {
          try client.send("PING\n")
          #expect(try client.receiveLine() == "\"PONG\"")
        }
      }
    }
  }

  @Test func whoeverComesWhileAllAreBusyIsToldSo() async throws {
    let gate = Gate()
    let model = ScriptedModel { _ in gate.wait() }
    var limits = ServerLimits()
    limits.http.connections = 1
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: limits
    ) { running in
      try await onThread {
        let busy = HTTPClient(try running.connect(over: running.http))
        try busy.socket.send("GET /api/ask?user=a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        gate.waitForArrival()
        let other = HTTPClient(try running.connect(over: running.http))
        let refused = try other.answer()
        #expect(refused.status == 503 && refused.body.contains("are in use"))
        gate.open()
        #expect(try busy.answer().body == "\"a by 1\"\n")
      }
    }
  }

  @Test func whoeverSendsNoRequestInTimeIsClosed() async throws {
    var limits = ServerLimits()
    limits.http.firstRequestTime = .milliseconds(50)
    limits.http.idleTime = .milliseconds(50)
    try await TestServer.run(limits: limits) { running in
      try await onThread {
        let slow = try running.connect(over: running.http)
        try slow.send("GET /healthz HTTP/1.1\r\nHost: loc")
        #expect(try slow.receiveAll().isEmpty)
        let idle = HTTPClient(try running.connect(over: running.http))
        #expect(try idle.ask("/healthz").status == 200)
        #expect(try idle.socket.receiveAll().isEmpty)
      }
    }
  }

  @Test func aStopAnswersWhatIsUnderWay() async throws {
    let gate = Gate()
    let model = ScriptedModel { _ in gate.wait() }
    try await TestServer.run(
      asking: model.served, commands: ScriptedModel.commands(), limits: StoppingTests.patientLimits
    ) { running in
      let (busy, idle) = try await onThread {
        let idle = HTTPClient(try running.connect(over: running.http))
        #expect(try idle.ask("/healthz").status == 200)
        let busy = HTTPClient(try running.connect(over: running.http))
        try busy.socket.send("GET /api/ask?user=a HTTP/1.1\r\nHost: localhost\r\n\r\n")
        gate.waitForArrival()
        return (busy, idle)
      }
      async let stopped: Void = running.server.stop()
      #expect(try await onThread { try idle.socket.receiveAll().isEmpty })
      gate.open()
      let answer = try await onThread { try busy.answer() }
      #expect(answer.body == "\"a by 1\"\n" && answer.headers["connection"] == "close")
      try await stopped
    }
  }

  @Test func thePageLoadsNothingOfAnybodyElse() async throws {
    try await TestServer.run { running in
      let page = try await running.get("/")
      #expect(page.status == 200)
      #expect(page.headers["content-type"] == "text/html; charset=utf-8")
      let policy = try #require(page.headers["content-security-policy"])
      #expect(policy.hasPrefix("default-src 'none'; script-src 'self'; style-src 'self'; "))
      #expect(!page.body.contains("http://") && !page.body.contains("https://"))
      for (file, type) in [("/page.js", "text/javascript"), ("/page.css", "text/css")] {
        #expect(page.body.contains("\"\(file)\""))
        let loaded = try await running.get(file)
        #expect(loaded.status == 200 && loaded.headers["content-type"] == "\(type); charset=utf-8")
        #expect(!loaded.body.contains("://"), "\(file)")
      }
    }
  }

  @Test func theModelsAreToldWithTheirFigures() async throws {
    try await TestServer.run { running in
      let answer = try await running.get("/api/models")
      let models = try #require(
        JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [[String: Any]])
      #expect(models.count == 1 && models[0]["model"] as? String == "recommender")
      #expect(models[0]["version"] as? Int == 1 && models[0]["figures"] is [Any])
    }
  }
}
