//! Names from many languages, with what is needed to make an address and a telephone number of them.
//!
//! A name is given as people write it; `=` and its Latin letters follow where they cannot be had by
//! leaving accents away.

use types::fold::fold;

/// People who share given names, family names and a telephone prefix.
pub struct Language {
    /// How many of all people, beside the other shares.
    pub share: u32,
    /// Telephone numbers; `#` is any digit.
    pub phones: &'static [&'static str],
    given: &'static str,
    family: &'static str,
}

/// The languages with their names taken apart.
pub struct Names {
    pub languages: Vec<LanguageNames>,
    pub shares: Vec<u32>,
}

pub struct LanguageNames {
    pub phones: &'static [&'static str],
    pub given: Vec<Name>,
    pub family: Vec<Name>,
}

/// A name as it is written, and in a to z only.
pub struct Name {
    pub written: &'static str,
    pub latin: String,
}

impl Names {
    pub fn load() -> Self {
        let names = |list: &'static str| list.split(',').map(|name| Name::read(name.trim())).collect();
        let languages = LANGUAGES
            .iter()
            .map(|language| LanguageNames {
                phones: language.phones,
                given: names(language.given),
                family: names(language.family),
            })
            .collect();
        Self { languages, shares: LANGUAGES.iter().map(|language| language.share).collect() }
    }
}

impl Name {
    fn read(text: &'static str) -> Self {
        match text.split_once('=') {
            Some((written, letters)) => Self { written, latin: letters.to_owned() },
            None => Self { written: text, latin: latin(text) },
        }
    }
}

/// The letters a to z of a name in Latin script: `Łukasz` is `lukasz`.
pub fn latin(text: &str) -> String {
    let mut letters = String::new();
    for c in fold(text).chars() {
        match c {
            'a'..='z' => letters.push(c),
            'ß' => letters.push_str("ss"),
            'æ' => letters.push_str("ae"),
            'œ' => letters.push_str("oe"),
            'þ' => letters.push_str("th"),
            'ø' => letters.push('o'),
            'ł' => letters.push('l'),
            'đ' | 'ð' => letters.push('d'),
            'ı' => letters.push('i'),
            _ => {}
        }
    }
    letters
}

pub const LANGUAGES: &[Language] = &[
    Language {
        // English. The telephone numbers are those kept for fiction.
        share: 190,
        phones: &["+121255501##", "+131255501##", "+141555501##", "+120655501##", "+447700900###", "+161355501##"],
        given: "Olivia,Noah,Emma,Liam,Charlotte,Oliver,Amelia,Theodore,Sophia,James,Isla,Henry,Ava,Lucas,Grace,\
                William,Freya,Benjamin,Harper,Levi,Evelyn,Ezra,Poppy,Jack,Matilda,George,Ruby,Arthur,Hannah,Oscar,\
                Zoe,Finlay,Imogen,Callum,Niamh=niamh,Rory,Saoirse,Declan,Bronwyn,Gareth",
        family: "Smith,Jones,Taylor,Brown,Williams,Wilson,Johnson,Davies,Patterson,Wright,Robinson,Thompson,Evans,\
                 Walker,White,Roberts,Green,Hall,Wood,Jackson,Clarke,O'Connor,McCarthy,MacDonald,O'Neill,Fitzgerald,\
                 Campbell,Stewart,Murray,Reid,Pritchard,Llewellyn,Featherstone,Hargreaves,Washington,Jefferson,\
                 Montgomery,Whitaker,Blackwood,Smith-Jones",
    },
    Language {
        share: 85,
        phones: &["+49151########", "+49171#######", "+49160#######", "+43664#######", "+4179#######"],
        given: "Amelie,Ben,Clara,David,Emilia,Felix,Greta,Hannes,Ida,Jonas,Johanna,Karl,Lena,Lukas,Mathilda,Moritz,\
                Nele,Niklas,Oskar,Paula,Philipp,Romy,Samuel,Sophie,Theo,Thea,Tobias,Valentin,Wiebke,Anton,Jürgen,\
                Günther,Käthe,Björn,Sören,Ursula,Annegret,Heinz-Peter,Elisabeth,Zoë",
        family: "Müller,Schmidt,Schneider,Fischer,Weber,Meyer,Wagner,Becker,Schulz,Hoffmann,Schäfer,Koch,Bauer,\
                 Richter,Klein,Wolf,Schröder,Neumann,Schwarz,Zimmermann,Braun,Krüger,Hofmann,Hartmann,Lange,Schmitt,\
                 Werner,Krause,Meier,Lehmann,Köhler,Weiß,Großmann,von der Heide,zu Hohenlohe,Böttcher,Jäger,\
                 Vogelsang,Grünewald,Meyer-Landrut",
    },
    Language {
        // French. The range is kept for fiction.
        share: 70,
        phones: &["+3363998####", "+3319900####", "+3326191####"],
        given: "Louise,Gabriel,Jade,Raphaël,Ambre,Léo,Alba,Louis,Emma,Maël,Rose,Noah,Alice,Jules,Romy,Adam,Anna,\
                Arthur,Lina,Isaac,Léna,Sacha,Mia,Côme,Chloé,Augustin,Zoé,Gaspard,Éloïse,Hugo,Agathe,Théo,Margaux,\
                Étienne,Océane,Jean-Baptiste,Marie-Claire,François,Anaïs,Loïc",
        family: "Martin,Bernard,Thomas,Petit,Robert,Richard,Durand,Dubois,Moreau,Laurent,Simon,Michel,Lefèvre,Leroy,\
                 Roux,Fournier,Girard,Bonnet,Dupont,Lambert,Fontaine,Rousseau,Vincent,Mercier,Blanc,Guérin,Boyer,\
                 Chevalier,François,Legrand,Gauthier,Garcin,Perrin,D'Aubigné,de La Fontaine,L'Hermite,Béranger,\
                 Hélary,Le Goff,Tremblay",
    },
    Language {
        share: 90,
        phones: &["+346########", "+525512######", "+5491123######", "+573001######"],
        given: "Lucía,Mateo,Sofía,Hugo,Martina,Leo,María,Daniel,Julia,Martín,Paula,Pablo,Valeria,Álvaro,Emma,Lucas,\
                Alba,Alejandro,Carla,Enzo,Vega,Thiago,Jimena,Manuel,Carmen,Nicolás,Noa,Adrián,Olivia,Diego,Lola,\
                Bruno,Candela,Izan,Inés,Iñaki,Begoña,José Luis,María José,Guadalupe",
        family: "García,Rodríguez,González,Fernández,López,Martínez,Sánchez,Pérez,Gómez,Martín,Jiménez,Ruiz,Hernández,\
                 Díaz,Moreno,Muñoz,Álvarez,Romero,Alonso,Gutiérrez,Navarro,Torres,Domínguez,Vázquez,Ramos,Gil,Ramírez,\
                 Serrano,Blanco,Molina,Ibáñez,Núñez,Peña,Ortega y Gasset,de la Cruz,Zubizarreta,Etxeberria,\
                 García Márquez,Quiñones,Echeverría",
    },
    Language {
        share: 70,
        phones: &["+35191#######", "+35193#######", "+55119########", "+55219########"],
        given: "Maria,Francisco,Leonor,Afonso,Matilde,João,Carolina,Tomás,Beatriz,Duarte,Alice,Lourenço,Benedita,\
                Santiago,Camila,Miguel,Helena,Arthur,Laura,Heitor,Manuela,Davi,Júlia,Bernardo,Sofia,Gael,Isabella,\
                Rafael,Lívia,Gustavo,Antônio,Conceição,Inês,Luís,Vitória,Caetano,Núria,Ângela,Simão,Zélia",
        family: "Silva,Santos,Ferreira,Pereira,Oliveira,Costa,Rodrigues,Martins,Sousa,Fernandes,Gonçalves,Gomes,Lopes,\
                 Marques,Alves,Almeida,Ribeiro,Pinto,Carvalho,Teixeira,Moreira,Correia,Mendes,Nunes,Soares,Vieira,\
                 Monteiro,Cardoso,Rocha,Neves,Coelho,Cruz,Cunha,Pires,Simões,Araújo,Magalhães,dos Santos,\
                 de Albuquerque,Guimarães",
    },
    Language {
        share: 45,
        phones: &["+3934########", "+3933########"],
        given: "Leonardo,Sofia,Francesco,Aurora,Tommaso,Giulia,Edoardo,Ginevra,Alessandro,Vittoria,Lorenzo,Beatrice,\
                Mattia,Alice,Gabriele,Ludovica,Riccardo,Emma,Andrea,Matilde,Diego,Anna,Niccolò,Camilla,Samuele,\
                Chiara,Federico,Giorgia,Giuseppe,Bianca,Antonio,Nicole,Enea,Greta,Raffaele,Gaia,Giosuè,Noemi,\
                Pier Paolo,Mariangela",
        family: "Rossi,Russo,Ferrari,Esposito,Bianchi,Romano,Colombo,Ricci,Marino,Greco,Bruno,Gallo,Conti,De Luca,\
                 Mancini,Costa,Giordano,Rizzo,Lombardi,Moretti,Barbieri,Fontana,Santoro,Mariani,Rinaldi,Caruso,\
                 Ferrara,Galli,Martini,Leone,Longo,Gentile,Martinelli,Vitale,Lombardo,Serra,Coppola,De Santis,\
                 D'Amico,Dell'Acqua",
    },
    Language {
        share: 45,
        phones: &["+4850#######", "+4860#######", "+4879#######"],
        given: "Zofia,Antoni,Zuzanna,Jan,Laura,Aleksander,Hanna,Franciszek,Maja,Nikodem,Julia,Leon,Oliwia,Stanisław,\
                Pola,Ignacy,Alicja,Jakub,Maria,Mikołaj,Iga,Szymon,Lena,Filip,Małgorzata,Wojciech,Agnieszka,Łukasz,\
                Katarzyna,Paweł,Bożena,Zbigniew,Grażyna,Krzysztof,Świętosława,Przemysław,Jadwiga,Michał,Żaneta,Bolesław",
        family: "Nowak,Wójcik,Kowalczyk,Woźniak,Mazur,Krawczyk,Kaczmarek,Zając,Król,Wieczorek,Wróbel,Stępień,Adamczyk,\
                 Dudek,Pawlak,Sikora,Walczak,Baran,Szewczyk,Pietrzak,Marciniak,Bąk,Włodarczyk,Kubiak,Duda,Szczepaniak,\
                 Mróz,Krupa,Kołodziej,Gajda,Jóźwiak,Żak,Świderek,Brzęczyszczykiewicz,Głąb,Śliwa,Źródło,Gołąb,\
                 Mickiewicz,Dąbek",
    },
    Language {
        share: 30,
        phones: &["+316########", "+324########"],
        given: "Noah,Julia,Liam,Mila,Luca,Emma,Lucas,Sophie,Mees,Olivia,Finn,Yara,James,Saar,Milan,Nora,Levi,Tess,Sem,\
                Noor,Daan,Evi,Luuk,Lotte,Bram,Fenna,Sven,Femke,Thijs,Maartje,Joris,Anouk,Ruben,Sanne,Wouter,Marijke,\
                Pieter,Hendrikje,Jeroen,Zoë",
        family: "de Jong,Jansen,de Vries,van den Berg,van Dijk,Bakker,Janssen,Visser,Smit,Meijer,de Boer,Mulder,de Groot,\
                 Bos,Vos,Peters,Hendriks,van Leeuwen,Dekker,Brouwer,de Wit,Dijkstra,Smits,de Graaf,van der Meer,\
                 van der Linden,Kok,Jacobs,de Haan,Vermeulen,van den Heuvel,van der Veen,van den Broek,de Bruijn,\
                 Schouten,'t Hooft,van 't Hoff,Hoekstra,Willems,Ĳsbrand=ijsbrand",
    },
    Language {
        share: 30,
        phones: &["+4670#######", "+474#######", "+45########", "+35840#######"],
        given: "Astrid,Lars,Maja,Erik,Ingrid,Olav,Freja,Magnus,Saga,Nils,Elsa,Gustav,Signe,Axel,Linnea,Oskar,Ebba,Viggo,\
                Alma,Emil,Åsa,Øystein,Søren,Märta,Jörgen,Sólveig,Þorsteinn,Guðrún,Väinö,Aino,Eino,Helmi,Jukka,Päivi,\
                Håkon,Tuva,Bjørn,Ragnhild,Kåre,Æsa",
        family: "Andersson,Johansson,Karlsson,Nilsson,Eriksson,Larsson,Olsson,Persson,Svensson,Gustafsson,Hansen,Olsen,\
                 Larsen,Berg,Haugen,Hagen,Johannessen,Nielsen,Jensen,Pedersen,Sørensen,Møller,Østergaard,Kjær,Åkesson,\
                 Öberg,Sjöström,Lindström,Bergström,Häkkinen,Mäkinen,Nieminen,Korhonen,Virtanen,Hämäläinen,Järvinen,\
                 Strømberg,Skarsgård,Blåvand,Ångström",
    },
    Language {
        share: 45,
        phones: &["+90532#######", "+90542#######", "+90505#######"],
        given: "Zeynep,Yusuf,Asel,Alparslan,Defne,Miraç,Elif,Göktuğ,Asya,Ömer,Azra,Eymen,Nehir,Mustafa,Ecrin,Kerem,Ela,\
                Ali,Meryem,Mehmet,Eylül,Ahmet,Ayşe,Hüseyin,Fatma,İbrahim,Gülşen,Çağrı,Şule,Oğuz,Büşra,Uğur,Işıl,Barış,\
                Tuğba,Doğan,Özlem,Yağmur,Sıla,Ümit",
        family: "Yılmaz,Kaya,Demir,Şahin,Çelik,Yıldız,Yıldırım,Öztürk,Aydın,Özdemir,Arslan,Doğan,Kılıç,Aslan,Çetin,Kara,\
                 Koç,Kurt,Özkan,Şimşek,Polat,Korkmaz,Özçelik,Çakır,Erdoğan,Yavuz,Can,Acar,Güneş,Aktaş,Bulut,Bozkurt,\
                 Güler,Taş,Işık,Ünal,Türkoğlu,Kıraç,Müftüoğlu,Ağaoğlu",
    },
    Language {
        share: 50,
        phones: &["+8490#######", "+8498#######", "+8437#######"],
        given: "Minh Anh,Gia Bảo,Ngọc Hân,Minh Khôi,Khánh An,Bảo Long,Bảo Châu,Đức Anh,Phương Linh,Quang Huy,Thùy Dương,\
                Hoàng Nam,Mai,Tuấn,Hương,Dũng,Lan,Hùng,Thảo,Sơn,Trang,Việt,Yến,Thắng,Hạnh,Cường,Nga,Kiên,Diệu,Phúc,\
                Quỳnh,Trí,Thu Hà,Đạt,Tuyết,Hiếu,Như Ý,Khoa,Vân,Nhật Minh",
        family: "Nguyễn,Trần,Lê,Phạm,Hoàng,Huỳnh,Phan,Vũ,Võ,Đặng,Bùi,Đỗ,Hồ,Ngô,Dương,Lý,Đinh,Đoàn,Lương,Trịnh,Mai,Đào,\
                 Tô,Hà,Tạ,Châu,Quách,Thái,La,Lâm,Triệu,Kiều,Trương,Vương,Từ,Nghiêm,Phùng,Cao,Tôn Nữ,Lưu",
    },
    Language {
        // Chinese, in Latin letters.
        share: 40,
        phones: &["+86138########", "+86186########", "+852 9#######", "+65 9#######"],
        given: "Wei,Fang,Na,Min,Jing,Li,Qiang,Lei,Jun,Yang,Yong,Yan,Jie,Juan,Tao,Ming,Chao,Xiulan,Xia,Ping,Gang,Guiying,\
                Hui,Ying,Hao,Mei,Zihan,Haoran,Yuxuan,Zixuan,Xinyi,Yuhan,Shihan,Mingzhe,Yichen,Ruoxi,Jiayi,Lvbu=lyubu,\
                Lü=lyu,Xiang'er",
        family: "Wang,Li,Zhang,Liu,Chen,Yang,Huang,Zhao,Wu,Zhou,Xu,Sun,Ma,Zhu,Hu,Guo,He,Lin,Gao,Luo,Zheng,Liang,Xie,Song,\
                 Tang,Deng,Han,Feng,Cao,Peng,Zeng,Xiao,Tian,Dong,Pan,Yuan,Cai,Jiang,Yu,Ouyang",
    },
    Language {
        share: 45,
        phones: &["+86139########", "+86150########"],
        given: "伟=wei,芳=fang,娜=na,敏=min,静=jing,丽=li,强=qiang,磊=lei,军=jun,洋=yang,勇=yong,艳=yan,杰=jie,娟=juan,\
                涛=tao,明=ming,超=chao,秀兰=xiulan,霞=xia,平=ping,刚=gang,桂英=guiying,辉=hui,颖=ying,浩=hao,梅=mei,\
                子涵=zihan,浩然=haoran,宇轩=yuxuan,梓萱=zixuan,欣怡=xinyi,雨涵=yuhan,诗涵=shihan,明哲=mingzhe,\
                一辰=yichen,若曦=ruoxi,嘉怡=jiayi,思远=siyuan,雪=xue,龙=long",
        family: "王=wang,李=li,张=zhang,刘=liu,陈=chen,杨=yang,黄=huang,赵=zhao,吴=wu,周=zhou,徐=xu,孙=sun,马=ma,朱=zhu,\
                 胡=hu,郭=guo,何=he,林=lin,高=gao,罗=luo,郑=zheng,梁=liang,谢=xie,宋=song,唐=tang,许=xu,邓=deng,韩=han,\
                 冯=feng,曹=cao,彭=peng,曾=zeng,肖=xiao,田=tian,董=dong,潘=pan,袁=yuan,蔡=cai,欧阳=ouyang,司马=sima",
    },
    Language {
        share: 50,
        phones: &["+8190########", "+8180########", "+8170########"],
        given: "陽葵=himari,蓮=ren,凛=rin,陽翔=haruto,結菜=yuina,蒼=aoi,芽依=mei,湊=minato,紬=tsumugi,樹=itsuki,葵=aoi,\
                大翔=hiroto,咲良=sakura,悠真=yuma,美咲=misaki,翔太=shota,さくら=sakura,健太=kenta,ひなた=hinata,拓也=takuya,\
                愛=ai,誠=makoto,由美子=yumiko,浩=hiroshi,恵子=keiko,隆=takashi,智子=tomoko,直樹=naoki,久美子=kumiko,\
                和夫=kazuo,真由美=mayumi,剛=tsuyoshi,麻衣=mai,大輔=daisuke,エミリ=emiri,ケン=ken,千尋=chihiro,亮=ryo,\
                綾香=ayaka,学=manabu",
        family: "佐藤=sato,鈴木=suzuki,高橋=takahashi,田中=tanaka,伊藤=ito,渡辺=watanabe,山本=yamamoto,中村=nakamura,\
                 小林=kobayashi,加藤=kato,吉田=yoshida,山田=yamada,佐々木=sasaki,山口=yamaguchi,松本=matsumoto,\
                 井上=inoue,木村=kimura,林=hayashi,斎藤=saito,清水=shimizu,山崎=yamazaki,森=mori,池田=ikeda,橋本=hashimoto,\
                 阿部=abe,石川=ishikawa,山下=yamashita,中島=nakajima,石井=ishii,小川=ogawa,前田=maeda,岡田=okada,\
                 長谷川=hasegawa,藤田=fujita,後藤=goto,近藤=kondo,村上=murakami,遠藤=endo,青木=aoki,坂本=sakamoto",
    },
    Language {
        share: 40,
        phones: &["+8210########"],
        given: "서연=seoyeon,민준=minjun,지우=jiu,서준=seojun,하윤=hayun,도윤=doyun,서윤=seoyun,예준=yejun,지민=jimin,시우=siu,\
                수아=sua,하준=hajun,지유=jiyu,주원=juwon,하은=haeun,지호=jiho,윤서=yunseo,지훈=jihun,민서=minseo,준서=junseo,\
                은지=eunji,현우=hyeonu,지은=jieun,성민=seongmin,수진=sujin,동현=donghyeon,혜진=hyejin,영호=yeongho,\
                미경=migyeong,정훈=jeonghun,은영=eunyeong,상훈=sanghun,영숙=yeongsuk,성수=seongsu,순자=sunja,진우=jinu,\
                보라=bora,태양=taeyang,나래=narae,하늘=haneul",
        family: "김=kim,이=lee,박=park,최=choi,정=jung,강=kang,조=cho,윤=yoon,장=jang,임=lim,한=han,오=oh,서=seo,신=shin,\
                 권=kwon,황=hwang,안=ahn,송=song,류=ryu,전=jeon,홍=hong,고=ko,문=moon,양=yang,손=son,배=bae,백=baek,\
                 허=heo,유=yoo,남=nam,심=shim,노=noh,하=ha,곽=kwak,성=sung,차=cha,주=joo,우=woo,남궁=namgung,황보=hwangbo",
    },
    Language {
        share: 50,
        phones: &["+2010########", "+96650#######", "+97150#######", "+21266#######"],
        given: "محمد=mohammed,فاطمة=fatima,أحمد=ahmed,عائشة=aisha,علي=ali,مريم=maryam,يوسف=youssef,زينب=zainab,عمر=omar,\
                نور=nour,خالد=khaled,ليلى=layla,حسن=hassan,سارة=sara,إبراهيم=ibrahim,هدى=huda,طارق=tarek,رنا=rana,\
                كريم=karim,دينا=dina,سامي=sami,منى=mona,رامي=rami,سلمى=salma,بلال=bilal,ياسمين=yasmin,وليد=walid,\
                أمل=amal,فيصل=faisal,نادية=nadia,ماجد=majed,شيماء=shaimaa,زياد=ziad,ريم=reem,أنس=anas,\
                عبد الرحمن=abdelrahman,عبد الله=abdullah,ضحى=doha,هشام=hisham,لمى=lama",
        family: "المصري=almasri,حداد=haddad,خوري=khoury,النجار=alnajjar,الشامي=alshami,منصور=mansour,صالح=saleh,ناصر=nasser,\
                 إبراهيم=ibrahim,حسين=hussein,سليمان=suleiman,عثمان=othman,الحسن=alhassan,الأحمد=alahmad,القاسم=alqasim,\
                 بن علي=benali,بوزيد=bouzid,العمري=alamri,الغامدي=alghamdi,القحطاني=alqahtani,الزهراني=alzahrani,\
                 المالكي=almaliki,الشريف=alsharif,الطيب=altayeb,فرج=farag,عبد العزيز=abdelaziz,الخطيب=alkhatib,\
                 درويش=darwish,زيدان=zidan,شاهين=shaheen,عيسى=issa,قاسم=qasim,كنعان=kanaan,مراد=murad,نصر الله=nasrallah,\
                 هاشم=hashem,ياسين=yassin,بركات=barakat,جابر=jaber,الأنصاري=alansari",
    },
    Language {
        share: 20,
        phones: &["+97250#######", "+97254#######"],
        given: "נועם=noam,תמר=tamar,דוד=david,מאיה=maya,אריאל=ariel,אביגיל=avigail,לביא=lavi,שרה=sarah,איתן=eitan,אסתר=esther,\
                יוסף=yosef,נועה=noa,אורי=uri,יעל=yael,דניאל=daniel,חנה=hannah,משה=moshe,רבקה=rivka,יהודה=yehuda,שירה=shira,\
                אברהם=avraham,רוני=roni,אלון=alon,מיכל=michal,גיל=gil,עדי=adi,רועי=roi,ליאור=lior,עומר=omer,טליה=talia,\
                יונתן=yonatan,הילה=hila,גיא=guy,ענת=anat,שמעון=shimon,אורית=orit,נדב=nadav,דפנה=dafna,צבי=zvi,אילנה=ilana",
        family: "כהן=cohen,לוי=levi,מזרחי=mizrahi,פרץ=peretz,ביטון=biton,דהן=dahan,אברהם=avraham,פרידמן=friedman,\
                 מלכה=malka,אזולאי=azoulay,כץ=katz,יוסף=yosef,עמר=amar,אוחיון=ohayon,חדד=hadad,גבאי=gabay,בן דוד=bendavid,\
                 אדרי=edri,לוין=levin,טל=tal,קליין=klein,חן=chen,שפירא=shapira,חזן=hazan,משה=moshe,אשכנזי=ashkenazi,\
                 סגל=segal,גולן=golan,שמש=shemesh,ברק=barak,רוזנברג=rosenberg,הרוש=harush,גולדשטיין=goldstein,\
                 אלבז=elbaz,בר=bar,וקנין=vaknin,נחום=nahum,שלום=shalom,שטרן=stern,הירש=hirsch",
    },
    Language {
        share: 55,
        phones: &["+9198########", "+9199########", "+9170########"],
        given: "आरव=aarav,अनन्या=ananya,विवान=vivaan,दीया=diya,आदित्य=aditya,ईशा=isha,अर्जुन=arjun,काव्या=kavya,रोहन=rohan,\
                प्रिया=priya,राहुल=rahul,नेहा=neha,अमित=amit,पूजा=pooja,संजय=sanjay,सुनीता=sunita,राजेश=rajesh,कविता=kavita,\
                विजय=vijay,अंजलि=anjali,सुरेश=suresh,मीना=meena,मनोज=manoj,रेखा=rekha,अनिल=anil,लक्ष्मी=lakshmi,दीपक=deepak,\
                गीता=geeta,अजय=ajay,सीमा=seema,Priyanka,Karthik,Divya,Siddharth,Shreya,Varun,Nandini,Harish,Meera,Kiran",
        family: "शर्मा=sharma,वर्मा=verma,सिंह=singh,कुमार=kumar,गुप्ता=gupta,पटेल=patel,यादव=yadav,मिश्रा=mishra,जोशी=joshi,\
                 पांडे=pandey,तिवारी=tiwari,चौहान=chauhan,मेहता=mehta,शाह=shah,अग्रवाल=agarwal,देशमुख=deshmukh,कुलकर्णी=kulkarni,\
                 त्रिपाठी=tripathi,सक्सेना=saxena,श्रीवास्तव=srivastava,चतुर्वेदी=chaturvedi,भट्ट=bhatt,राठौर=rathore,ठाकुर=thakur,\
                 दुबे=dubey,Iyer,Nair,Menon,Reddy,Rao,Pillai,Mukherjee,Banerjee,Chatterjee,Das,Krishnamurthy,\
                 Venkataraman,Bose,Kapoor,Malhotra",
    },
    Language {
        // Greek: women.
        share: 13,
        phones: &["+3069########"],
        given: "Μαρία=maria,Ελένη=eleni,Αικατερίνη=aikaterini,Βασιλική=vasiliki,Σοφία=sofia,Αγγελική=angeliki,Γεωργία=georgia,\
                Δήμητρα=dimitra,Κωνσταντίνα=konstantina,Παρασκευή=paraskevi,Ιωάννα=ioanna,Χριστίνα=christina,Άννα=anna,\
                Ευαγγελία=evangelia,Ειρήνη=eirini,Αναστασία=anastasia,Ζωή=zoe,Φωτεινή=foteini,Θεοδώρα=theodora,Δανάη=danae",
        family: "Παπαδοπούλου=papadopoulou,Παππά=pappa,Καραγιάννη=karagianni,Βλάχου=vlachou,Ιωάννου=ioannou,\
                 Οικονόμου=oikonomou,Παπαγεωργίου=papageorgiou,Μακρή=makri,Κωνσταντίνου=konstantinou,Δημητρίου=dimitriou,\
                 Γεωργίου=georgiou,Νικολάου=nikolaou,Αθανασίου=athanasiou,Αντωνίου=antoniou,Αγγελοπούλου=angelopoulou,\
                 Γιαννοπούλου=giannopoulou,Σταματοπούλου=stamatopoulou,Χατζή=chatzi,Ραφαηλίδου=rafailidou,Ψαρού=psarou",
    },
    Language {
        // Greek: men.
        share: 12,
        phones: &["+3069########"],
        given: "Γεώργιος=georgios,Ιωάννης=ioannis,Κωνσταντίνος=konstantinos,Δημήτριος=dimitrios,Νικόλαος=nikolaos,\
                Παναγιώτης=panagiotis,Βασίλειος=vasileios,Χρήστος=christos,Αθανάσιος=athanasios,Μιχαήλ=michail,\
                Ευάγγελος=evangelos,Σπυρίδων=spyridon,Αντώνιος=antonios,Αναστάσιος=anastasios,Θεόδωρος=theodoros,\
                Ανδρέας=andreas,Χαράλαμπος=charalampos,Αλέξανδρος=alexandros,Εμμανουήλ=emmanouil,Οδυσσέας=odysseas",
        family: "Παπαδόπουλος=papadopoulos,Παππάς=pappas,Καραγιάννης=karagiannis,Βλάχος=vlachos,Αγγελόπουλος=angelopoulos,\
                 Οικονόμου=oikonomou,Παπαγεωργίου=papageorgiou,Μακρής=makris,Κωνσταντίνου=konstantinou,\
                 Δημητρίου=dimitriou,Γεωργίου=georgiou,Νικολάου=nikolaou,Αθανασίου=athanasiou,Ραφαηλίδης=rafailidis,\
                 Γιαννόπουλος=giannopoulos,Σταματόπουλος=stamatopoulos,Χατζής=chatzis,Ψαρός=psaros,Ξένος=xenos,\
                 Καζαντζάκης=kazantzakis",
    },
    Language {
        // Russian: women.
        share: 20,
        phones: &["+7912#######", "+7926#######"],
        given: "Анна=anna,Мария=maria,Елена=elena,Ольга=olga,Наталья=natalya,Екатерина=ekaterina,Татьяна=tatyana,Ирина=irina,\
                Светлана=svetlana,Юлия=yulia,Алина=alina,Дарья=darya,Ксения=ksenia,Полина=polina,Анастасия=anastasia,\
                Виктория=viktoria,Любовь=lyubov,Галина=galina,Варвара=varvara,Алёна=alyona",
        family: "Иванова=ivanova,Смирнова=smirnova,Кузнецова=kuznetsova,Попова=popova,Васильева=vasilyeva,Петрова=petrova,\
                 Соколова=sokolova,Михайлова=mikhailova,Новикова=novikova,Фёдорова=fyodorova,Морозова=morozova,\
                 Волкова=volkova,Алексеева=alekseeva,Лебедева=lebedeva,Семёнова=semyonova,Егорова=egorova,Павлова=pavlova,\
                 Козлова=kozlova,Степанова=stepanova,Щербакова=shcherbakova",
    },
    Language {
        // Russian: men.
        share: 20,
        phones: &["+7903#######", "+7916#######"],
        given: "Александр=aleksandr,Дмитрий=dmitry,Максим=maxim,Сергей=sergey,Андрей=andrey,Алексей=aleksey,Артём=artyom,\
                Илья=ilya,Кирилл=kirill,Михаил=mikhail,Никита=nikita,Матвей=matvey,Роман=roman,Егор=egor,Арсений=arseny,\
                Иван=ivan,Владимир=vladimir,Юрий=yury,Пётр=pyotr,Фёдор=fyodor",
        family: "Иванов=ivanov,Смирнов=smirnov,Кузнецов=kuznetsov,Попов=popov,Васильев=vasilyev,Петров=petrov,Соколов=sokolov,\
                 Михайлов=mikhailov,Новиков=novikov,Фёдоров=fyodorov,Морозов=morozov,Волков=volkov,Алексеев=alekseev,\
                 Лебедев=lebedev,Семёнов=semyonov,Егоров=egorov,Павлов=pavlov,Козлов=kozlov,Степанов=stepanov,\
                 Щербаков=shcherbakov",
    },
    Language {
        share: 25,
        phones: &["+38067#######", "+38050#######"],
        given: "Олександр=oleksandr,Олена=olena,Андрій=andrii,Наталія=nataliia,Сергій=serhii,Оксана=oksana,Володимир=volodymyr,\
                Тетяна=tetiana,Іван=ivan,Ірина=iryna,Тарас=taras,Юлія=yuliia,Богдан=bohdan,Марія=mariia,Дмитро=dmytro,\
                Катерина=kateryna,Микола=mykola,Світлана=svitlana,Ярослав=yaroslav,Соломія=solomiia,Остап=ostap,\
                Леся=lesia,Назар=nazar,Галина=halyna,Євген=yevhen,Дарина=daryna,Максим=maksym,Надія=nadiia,Петро=petro,\
                Зоряна=zoriana,Роман=roman,Ганна=hanna,Олег=oleh,Людмила=liudmyla,Василь=vasyl,Вікторія=viktoriia,\
                Юрій=yurii,Софія=sofiia,Павло=pavlo,Мар'яна=mariana",
        family: "Шевченко=shevchenko,Коваленко=kovalenko,Бондаренко=bondarenko,Ткаченко=tkachenko,Кравченко=kravchenko,\
                 Олійник=oliinyk,Шевчук=shevchuk,Коваль=koval,Поліщук=polishchuk,Бондар=bondar,Ткачук=tkachuk,Мороз=moroz,\
                 Марченко=marchenko,Лисенко=lysenko,Руденко=rudenko,Савченко=savchenko,Петренко=petrenko,Кравчук=kravchuk,\
                 Клименко=klymenko,Павленко=pavlenko,Савчук=savchuk,Кузьменко=kuzmenko,Левченко=levchenko,Харченко=kharchenko,\
                 Пономаренко=ponomarenko,Василенко=vasylenko,Карпенко=karpenko,Гаврилюк=havryliuk,Швець=shvets,\
                 Мельник=melnyk,Романюк=romaniuk,Панченко=panchenko,Юрченко=yurchenko,Мазур=mazur,Хоменко=khomenko,\
                 Павлюк=pavliuk,Сидоренко=sydorenko,Гончар=honchar,В'язовченко=viazovchenko,Приходько=prykhodko",
    },
    Language {
        share: 45,
        phones: &["+234803#######", "+234816#######", "+254722######", "+23324#######"],
        given: "Adébáyọ̀=adebayo,Fọlákẹ́=folake,Olúwaṣeun=oluwaseun,Títílayọ̀=titilayo,Babátúndé=babatunde,Adéọlá=adeola,\
                Kẹ́hìndé=kehinde,Táíwò=taiwo,Ọlábísí=olabisi,Ayọ̀dèjì=ayodeji,Fúnmiláyọ̀=funmilayo,Ṣọlá=sola,Tèmítọ́pẹ́=temitope,\
                Gbénga=gbenga,Yétúndé=yetunde,Wọlé=wole,Ìdòwú=idowu,Morẹ́nikẹ́=morenike,Dàmilọ́lá=damilola,Ṣẹ́gun=segun,\
                Chinedu,Ngozi,Emeka,Adaeze,Obinna,Chiamaka,Ifeanyi,Nneka,Kwame,Ama,Kofi,Akosua,Wanjiru,Kamau,Njeri,\
                Otieno,Thandiwe,Sipho,Nomvula,Tendai",
        family: "Adéyẹmí=adeyemi,Ògúnléye=ogunleye,Olówóyẹyè=olowoyeye,Akíntọ́lá=akintola,Balógun=balogun,Fágbénlé=fagbenle,\
                 Ọláníyan=olaniyan,Ṣóyínká=soyinka,Adéṣínà=adesina,Babalọlá=babalola,Ọ̀ṣundé=osunde,Àjàyí=ajayi,Ọbáfẹ́mi=obafemi,\
                 Awólọ́wọ̀=awolowo,Ọlátúnjí=olatunji,Okafor,Nwosu,Eze,Okonkwo,Chukwu,Onyekachi,Nnamdi,Obi,Mensah,Owusu,\
                 Boateng,Asante,Kariuki,Mwangi,Odhiambo,Wambui,Nkosi,Dlamini,Zulu,Ndlovu,Moyo,Abubakar,Danjuma,Bello,Sow",
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_latin_letters() {
        for language in Names::load().languages {
            for name in language.given.iter().chain(&language.family) {
                assert!(!name.latin.is_empty(), "{}", name.written);
                assert!(name.latin.bytes().all(|b| b.is_ascii_lowercase()), "{} {}", name.written, name.latin);
            }
            assert!(language.given.len() >= 20 && language.family.len() >= 20);
        }
    }

    #[test]
    fn accents_are_left_away() {
        assert_eq!(latin("Łukasz Großmann"), "lukaszgrossmann");
        assert_eq!(latin("Iñaki d'Östergård"), "inakidostergard");
        assert_eq!(latin("Þorsteinn Kjær"), "thorsteinnkjaer");
        assert_eq!(latin("Işıl Yağmur"), "isilyagmur");
        assert_eq!(latin("Đặng"), "dang");
    }
}
