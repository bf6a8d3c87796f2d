extension Session {
  /// The command of `request`, read and checked, if it can be carried out; while a transaction is
  /// open, a command that can't be makes EXEC refuse them all.
  package mutating func check(_ request: Request) throws(ErrorReply) -> CommandArguments {
    do throws(ErrorReply) {
      let command = try CommandTable.command(named: request[0])
      return try CommandArguments(of: request, for: command)
    } catch {
      abortTransaction()
      throw error
    }
  }

  /// Queues `request` for EXEC and answers so. Traps unless a transaction is open.
  package mutating func queue(_ request: Request) throws(ErrorReply) -> Reply {
    guard transaction != nil else { preconditionFailure("no transaction is open") }
    do throws(ErrorReply) {
      if transaction?.isAborted == false { try transaction?.append(request) }
      return .status("QUEUED")
    } catch {
      abortTransaction()
      throw error
    }
  }

  /// What EXEC is to answer; the transaction is over. Throws when there is none, or one of its
  /// commands was refused.
  package mutating func takeTransaction() throws(ErrorReply) -> Transaction {
    guard let transaction else { throw .withoutTransaction(.exec) }
    self.transaction = nil
    guard !transaction.isAborted else {
      throw ErrorReply(
        .execAborted, "transaction discarded because of an error in one of its commands",
        remedy: "The reply to that command says what is wrong with it.")
    }
    return transaction
  }

  mutating func beginTransaction() throws(ErrorReply) -> Reply {
    guard transaction == nil else {
      throw ErrorReply(
        .misplacedCommand, "MULTI calls can not be nested", remedy: "Say EXEC or DISCARD first.")
    }
    transaction = Transaction(byteLimit: server.transactionBytes)
    return .status("OK")
  }

  mutating func discard() throws(ErrorReply) -> Reply {
    guard transaction != nil else { throw .withoutTransaction(.discard) }
    transaction = nil
    return .status("OK")
  }

  /// Has EXEC answer none of what was queued, if anything was: a request could not be read.
  package mutating func abortTransaction() { transaction?.abort() }
}

extension ErrorReply {
  static let nothingToWatch = ErrorReply(
    .unsupported, "there are no keys to watch",
    remedy: "Leave WATCH out: all commands of a transaction are answered by one version.")

  fileprivate static func withoutTransaction(_ name: Command.Name) -> ErrorReply {
    ErrorReply(
      .misplacedCommand, "\(name.rawValue) without MULTI", remedy: "Say MULTI first.")
  }
}
