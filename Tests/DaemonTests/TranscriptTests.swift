import Daemon
import Foundation
import LineProtocol
import NIOCore
import TestEnvironment
import Testing

/// Runs the same transcripts in memory and over both kinds of socket.
struct TranscriptTests {
  @Test(arguments: try Transcript.all())
  func inMemory(_ transcript: Transcript) throws {
    for isBytewise in [false, true] {
      var conversation = Conversation(
        about: try TestServer.served(Catalogue.contents()), version: "0.1.0")
      var input = ByteBuffer()
      var output = ByteBuffer()
      var isOver = false
      for step in transcript.steps {
        switch step {
        case .send(let bytes):
          for piece in isBytewise ? bytes.map({ [$0] }) : [bytes] where !isOver {
            input.writeBytes(piece)
            if case .isOver = conversation.answer(&input, into: &output) { isOver = true }
          }
        case .expect(let bytes):
          let answer = output.readBytes(length: min(bytes.count, output.readableBytes)) ?? []
          #expect(
            String(decoding: answer, as: UTF8.self) == String(decoding: bytes, as: UTF8.self))
        case .expectEnd:
          #expect(isOver)
        }
      }
      #expect(output.readableBytes == 0)
    }
  }

  @Test(arguments: try Transcript.all())
  func overSockets(_ transcript: Transcript) async throws {
    for isUnix in [false, true] {
      try await TestServer.run { running in
        try await running.talk(over: isUnix ? running.unix : running.tcp) { client in
          for step in transcript.steps {
            switch step {
            case .send(let bytes): try client.send(bytes)
            case .expect(let bytes):
              let answer = try client.receive(bytes.count)
              #expect(
                String(decoding: answer, as: UTF8.self) == String(decoding: bytes, as: UTF8.self))
            case .expectEnd: #expect(try client.receiveAll().isEmpty)
            }
          }
          client.finishSending()
          #expect(try client.receiveAll().isEmpty)
        }
      }
    }
  }
}

/// Compares PROTOCOL.md to the program's own tables.
struct ProtocolDocumentTests {
  private func rows(between start: String, in document: String) -> [String] {
    let part = document.components(separatedBy: start)[1].components(separatedBy: "<!-- end -->")[0]
    return part.split(separator: "\n").dropFirst(2).map(String.init)
  }

  @Test func listsEachCommandAsTheTableHasIt() throws {
    let document = try String(contentsOfFile: ProjectFolder.path + "/PROTOCOL.md", encoding: .utf8)
    #expect(
      rows(between: "<!-- commands -->\n", in: document)
        == DaemonCommand.all.map(\.description).map {
          "| `\($0.usage)` | \($0.summary) | \($0.complexity) | \($0.since) |"
        })
  }

  @Test func listsEachSubcommandAndWhatItNeeds() throws {
    let document = try String(contentsOfFile: ProjectFolder.path + "/PROTOCOL.md", encoding: .utf8)
    let expected: [String] = DaemonCommand.all.map(\.description).flatMap { command in
      command.subcommands.map { subcommand -> String in
        let role = (subcommand.role ?? command.role)?.rawValue ?? ""
        return "| `\(subcommand.usage(of: command))` | \(subcommand.summary) | `\(role)` |"
      }
    }
    #expect(rows(between: "<!-- subcommands -->\n", in: document) == expected)
    let admin = try #require(
      rows(between: "<!-- roles -->\n", in: document).last?.split(separator: ";").last)
    let listed: [String] = admin.split(separator: "`").map { String($0) }
      .filter { $0.contains(where: \.isLetter) }
    let declared: [String] = DaemonCommand.all.map(\.description).flatMap { command in
      command.subcommands.filter { $0.role == .admin }.map { "\(command.name) \($0.name)" }
    }
    #expect(listed == declared)
  }

  @Test func listsWhatEachRoleReaches() throws {
    let document = try String(contentsOfFile: ProjectFolder.path + "/PROTOCOL.md", encoding: .utf8)
    let rows = rows(between: "<!-- roles -->\n", in: document)
    let roles: [Role?] = [nil] + Role.allCases
    #expect(rows.count == roles.count)
    for (row, role) in zip(rows, roles) {
      let names = row.split(separator: "|")[1].split(separator: "`").map(String.init)
        .filter { $0.allSatisfy(\.isLetter) }
      #expect(
        names == DaemonCommand.all.map(\.description).filter { $0.role == role }.map(\.name))
    }
  }

  @Test func listsEachError() throws {
    let document = try String(contentsOfFile: ProjectFolder.path + "/PROTOCOL.md", encoding: .utf8)
    let codes = rows(between: "<!-- errors -->\n", in: document).map {
      $0.split(separator: "`")[1]
    }
    #expect(codes.map(String.init) == ErrorReply.Code.allCases.map(\.rawValue))
  }
}
