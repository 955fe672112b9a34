// SPDX-License-Identifier: MIT
// A web server and a client. Free Pascal's libraries make system calls by int $0x80 instructions in the program's code.
//   web serve PORT            answers GET with the path and POST with what was sent, until SIGTERM
//   web get URL | post URL TEXT
//   web pair                  a pair of UNIX sockets: a child sends back the line that its parent has sent
program web;
{$mode objfpc}{$H+}
uses
  BaseUnix, Sockets, SysUtils, Classes, fphttpserver, fphttpclient;

type
  TAnswers = class
    procedure Answer(Sender: TObject; var Request: TFPHTTPConnectionRequest; var Response: TFPHTTPConnectionResponse);
  end;

procedure TAnswers.Answer(Sender: TObject; var Request: TFPHTTPConnectionRequest; var Response: TFPHTTPConnectionResponse);
begin
  if Request.Method = 'POST' then
    Response.Content := Request.Content + LineEnding
  else
    Response.Content := 'this is ' + Request.URI + LineEnding;
end;

procedure Serve(Port: Word);
var
  Server: TFPHTTPServer;
  Answers: TAnswers;
begin
  Answers := TAnswers.Create;
  Server := TFPHTTPServer.Create(nil);
  Server.Port := Port;
  Server.OnRequest := @Answers.Answer;
  Server.Active := True;
end;

procedure Post(const URL, Text: string);
var
  Client: TFPHTTPClient;
begin
  Client := TFPHTTPClient.Create(nil);
  Client.RequestBody := TStringStream.Create(Text);
  Write(Client.Post(URL));
end;

procedure Pair;
var
  Ends: TSockArray;
  Line: string[80];
  Got: Int64;
begin
  if fpSocketPair(AF_UNIX, SOCK_STREAM, 0, @Ends) <> 0 then
  begin
    WriteLn('socketpair: ', SysErrorMessage(SocketError));
    Halt(1);
  end;
  if fpFork = 0 then
  begin
    Got := fpRecv(Ends[2], @Line[1], 80, 0);
    fpSend(Ends[2], @Line[1], Got, 0);
    Halt(0);
  end;
  fpSend(Ends[1], PChar('there and back'), 14, 0);
  Got := fpRecv(Ends[1], @Line[1], 80, 0);
  SetLength(Line, Got);
  WriteLn(Line);
end;

begin
  try
    case ParamStr(1) of
      'serve': Serve(StrToInt(ParamStr(2)));
      'get': Write(TFPHTTPClient.SimpleGet(ParamStr(2)));
      'post': Post(ParamStr(2), ParamStr(3));
      'pair': Pair;
    end;
  except
    on E: Exception do
    begin
      WriteLn(E.Message);
      Halt(1);
    end;
  end;
end.
